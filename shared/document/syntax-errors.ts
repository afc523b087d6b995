// Which of the errors of YAML's library are a person's, and in which words they are told: what follows a broken structure is guessed.
import { Lexer } from "yaml";
import type { YAMLError } from "yaml";

type YAMLWords = Pick<YAMLError, "code" | "message" | "pos">;

export type SyntaxWords = { readonly problem: string; readonly hint?: string };

type Code = YAMLError["code"];

/** After one of these the library goes on as it can, and what it finds then may be of the same mistake: five keys after one that is a column astray. */
const structural: ReadonlySet<Code> = new Set<Code>([
  "BAD_INDENT",
  "BLOCK_AS_IMPLICIT_KEY",
  "BLOCK_IN_FLOW",
  "IMPOSSIBLE",
  "MISSING_CHAR",
  "MULTILINE_IMPLICIT_KEY",
  "TAB_AS_INDENT",
  "UNEXPECTED_TOKEN",
]);

/** In the order of the text, up to the first that leaves the structure in doubt: one mistake is one problem. */
export function ownMistakes<Found extends Pick<YAMLError, "code" | "pos">>(found: readonly Found[]): readonly Found[] {
  const sorted = found.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const first = sorted.findIndex(({ code }) => structural.has(code));
  return first < 0 ? sorted : sorted.slice(0, first + 1);
}

/** The library's words, from the most to the least particular, and ours. Nothing of the text is in ours: it may be a secret. */
const tellings: readonly (readonly [RegExp, string, string])[] = [
  [
    /^All mapping items must start/,
    "this key begins in another column than the keys beside it",
    "indent it as they are",
  ],
  [/^A block sequence may not be used/, "this - is in another column than those beside it", "indent it as they are"],
  [
    /^Block collections are not allowed within/,
    "a comma is missing between brackets, or quotes around a text with a colon",
    "all between brackets is parted by commas",
  ],
  [/^All sequence items must start/, "this - is in another column than those beside it", "indent it as they are"],
  [
    /^Nested mappings are not allowed/,
    "a second key in one line",
    "put the value in quotes if the colon belongs to it",
  ],
  [
    /^Implicit map keys need to be followed/,
    "a key without a colon behind it",
    "write key: value, with a blank behind the colon",
  ],
  [
    /^Implicit keys need to be on a single line/,
    "a key without a colon behind it",
    "write key: value, with a blank behind the colon",
  ],
  [/^Missing closing "quote/, 'a " that is not closed', 'add the closing "'],
  [/^Missing closing 'quote/, "a ' that is not closed", "add the closing '; in single quotes a ' is written as two"],
  [/^Flow sequence in block collection/, "a [ that is not closed", "add the ]; lines in between are indented"],
  [/^Flow map in block collection/, "a { that is not closed", "add the }; lines in between are indented"],
  [/^Missing , (?:or : )?between flow/, "a comma is missing before this", "between brackets all is parted by commas"],
  [
    /^Sequence item without - indicator/,
    "a line without - in a list",
    "begin it with - and indent it as those beside it",
  ],
  [/^Plain value cannot start with/, "text that begins with a sign of YAML's own", "put it in quotes"],
  [
    /^Invalid escape sequence/,
    "a \\ that means nothing",
    "in double quotes a \\ is written as two; or use single quotes",
  ],
];

/** `text` as it was parsed. */
export function syntaxWords({ code, message, pos }: YAMLWords, text: string): SyntaxWords {
  if (code === "MULTIPLE_DOCS") return { problem: "more than one YAML document", hint: "keep one document in a file" };
  if (code === "NON_STRING_KEY") return { problem: "a key that is not text" };
  if (code === "TAB_AS_INDENT") return { problem: "a tab in the indentation", hint: "indent with spaces" };
  if (isIndentedMore({ message, pos }, text))
    return {
      problem: "not valid YAML: this line is indented more than the one before it, whose value is there already",
      hint: "indent it as the keys beside it are",
    };
  const [, words, hint] = tellings.find(([pattern]) => pattern.test(message)) ?? [];
  const problem = `not valid YAML: ${words ?? withoutSource(message)}`;
  return hint === undefined ? { problem } : { problem, hint };
}

/** What the library quotes of the document may be a secret; line and column tell where it is. */
function withoutSource(message: string): string {
  return message
    .replace(/(in YAML stream|extra characters|Unresolved tag|Invalid escape sequence):? .*$/s, "$1")
    .replace(/^Unexpected \S{4,} in (?!YAML)/, "Unexpected text in ");
}

/** What the library's lexer says, without a sign in the text: brackets end here though none closes them, and: plain text follows. */
const bracketsEnd = "\u0018";
const plainFollows = "\u001f";
const byteOrder = "\u0002";

/**
 * Where a person has to look: for a quote or bracket that is not closed the one that opens, which may be a thousand lines above where the
 * library gave up; for a line astray its first word. `text` as it was parsed.
 */
export function placeOf({ message, pos }: Omit<YAMLWords, "code">, text: string): number {
  if (message.startsWith("Missing closing")) return lastQuote(text, pos[0]) ?? pos[0];
  if (/^Flow (?:map|sequence) in block collection/.test(message)) return openBracket(text) ?? pos[0];
  if (isIndentedMore({ message, pos }, text)) return wordFrom(text, text.indexOf("\n", pos[0]) + 1);
  return /^(?:All |A block sequence)/.test(message) ? wordFrom(text, pos[0]) : pos[0];
}

/** The library takes a value and the line below it for one key of two lines. */
function isIndentedMore({ message, pos: [start] }: Omit<YAMLWords, "code">, text: string): boolean {
  if (!message.startsWith("Nested mappings are not allowed")) return false;
  const end = text.indexOf("\n", start);
  return end >= 0 && !/:(?:\s|$)/.test(text.slice(start, end));
}

function wordFrom(text: string, start: number): number {
  let at = start;
  while (text[at] === " ") at += 1;
  return at;
}

type Token = { readonly token: string; readonly at: number; readonly isPlain: boolean };

function* tokensOf(text: string): Generator<Token> {
  let [at, isPlain] = [0, false];
  for (const token of new Lexer().lex(text)) {
    yield { token, at, isPlain };
    isPlain = token === plainFollows;
    if (token !== bracketsEnd && token !== plainFollows && token !== byteOrder) at += token.length;
  }
}

function lastQuote(text: string, end: number): number | undefined {
  let last: number | undefined;
  for (const { token, at, isPlain } of tokensOf(text)) {
    if (at >= end) break;
    if (!isPlain && /^["']/.test(token)) last = at;
  }
  return last;
}

/** The innermost at the first place where brackets end that nothing closes. */
function openBracket(text: string): number | undefined {
  const open: number[] = [];
  for (const { token, at, isPlain } of tokensOf(text)) {
    if (token === bracketsEnd && open.length > 0) break;
    if (isPlain) continue;
    if (token === "[" || token === "{") open.push(at);
    if (token === "]" || token === "}") open.pop();
  }
  return open.at(-1);
}
