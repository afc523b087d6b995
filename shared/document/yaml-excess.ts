// What is too much for one document, found by looking at its words alone: a tree of them costs a thousand times the text's memory.
// It must not build anything that grows with the text.
import { Lexer } from "yaml";
import type { Problem } from "#shared/errors.ts";

/** Words and signs outside of comments: ten thousand hosts with ten fields each have fewer than half. */
export const mostWords = 1_000_000;
export const mostAliases = 1000;
const mostOpen = 500;
const mostDirectives = 100;
const mostEscapes = 200;
const mostAstray = 200;

export type Excess = Pick<Problem, "problem" | "hint"> & { readonly line?: number; readonly column?: number };

const tooDeep = { problem: "the document is nested too deeply" };
const tooManyWords = {
  problem: "the document has more than 1,000,000 keys, values and signs",
  hint: "is this the right file? ten thousand hosts need less than half of that",
};
const tooManyAliases = {
  problem: "too many aliases: more than 1,000",
  hint: "write the values out",
};
const tooManyDirectives = { problem: "more than 100 lines with %", hint: "remove them" };
const tooManyAstray = {
  problem:
    "not valid YAML: more than 200 brackets that close nothing, colons without a key, commas and quotes too many",
};
const tooManyTabs = { problem: "more than 200 tabs in the indentation", hint: "indent with spaces" };
const badEscapes = {
  problem: "not valid YAML: more than 200 escapes that YAML does not know",
  hint: "in double quotes a backslash is written as two",
};

export type ExcessOptions = {
  /** The text as a person has it, of the same length. */
  readonly written?: string;
  /** Told each token of the library's lexer. */
  readonly onToken?: (token: string) => void;
};

/** The first excess, with the line for what has a place; undefined for a document that may be parsed. */
export function excessOf(text: string, { written = text, onToken }: ExcessOptions = {}): Excess | undefined {
  const counts = {
    quoted: 0,
    words: 0,
    open: 0,
    aliases: 0,
    astray: 0,
    directives: 0,
    inLine: 0,
    tabs: 0,
    last: "\n",
    word: "-",
  };
  let [offset, isScalar] = [0, false];
  for (const token of new Lexer().lex(text)) {
    onToken?.(token);
    const excess = excessAt(isScalar ? "scalar" : token, counts);
    if (excess !== undefined) return { ...excess, ...placeOf(written, offset) };
    isScalar = token === scalarFollows;
    if (!marks.has(token)) offset += token.length;
  }
  return undefined;
}

/** What the library's lexer puts between its tokens: they stand for nothing in the text. */
const scalarFollows = "\u001f";
const marks: ReadonlySet<string> = new Set(["\u0002", "\u0018", scalarFollows]);

/** After these a colon has no key. */
const keyless: ReadonlySet<string> = new Set([":", "-", "?", ",", "[", "{"]);

/** After these a comma ends nothing. */
const entryless: ReadonlySet<string> = new Set([",", "[", "{"]);

type Counts = {
  quoted: number;
  words: number;
  open: number;
  aliases: number;
  astray: number;
  directives: number;
  inLine: number;
  tabs: number;
  last: string;
  word: string;
};

function excessAt(token: string, counts: Counts): Excess | undefined {
  const sign = token[0] ?? "";
  if (marks.has(token)) return undefined;
  const { last } = counts;
  // a tab that begins a line
  counts.last = sign === "\t" && !/^[\r\n]/.test(last) ? " " : token;
  if (sign === "\n" || sign === "\r") counts.inLine = 0;
  if (sign === " " || sign === "\t" || sign === "#" || sign === "\n" || sign === "\r") return undefined;
  const { word } = counts;
  counts.words += 1;
  counts.word = token;
  // between brackets a tab is as good as a blank
  if (last.startsWith("\t") && counts.open === 0) counts.tabs += 1;
  if (counts.tabs > mostAstray) return tooManyTabs;
  if ((token === ":" && keyless.has(word)) || (token === "," && entryless.has(word))) counts.astray += 1;
  // a value, and a key behind it: there is no third
  counts.quoted = sign === '"' || sign === "'" ? counts.quoted + 1 : 0;
  if (counts.quoted > 2) counts.astray += 1;
  if (counts.words > mostWords) return tooManyWords;
  if (token === "[" || token === "{") counts.open += 1;
  if (token === "]" || token === "}") {
    counts.astray += counts.open > 0 ? 0 : 1;
    counts.open = Math.max(0, counts.open - 1);
  }
  if (counts.astray > mostAstray) return tooManyAstray;
  if (token === "-" || token === "?") counts.inLine += 1;
  if (counts.open > mostOpen || counts.inLine > mostOpen) return tooDeep;
  if (sign === "*" && token.length > 1) counts.aliases += 1;
  if (counts.aliases > mostAliases) return tooManyAliases;
  if (sign === "%") counts.directives += 1;
  if (counts.directives > mostDirectives) return tooManyDirectives;
  return sign === '"' && hasBadEscapes(token) ? badEscapes : undefined;
}

const wellEscaped = /^(?:[0abtnvfreNLP_ "/\\\t\r\n]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})/i;

function hasBadEscapes(token: string): boolean {
  let bad = 0;
  for (let at = token.indexOf("\\"); at >= 0; at = token.indexOf("\\", at + 2)) {
    if (!wellEscaped.test(token.slice(at + 1, at + 10))) bad += 1;
    if (bad > mostEscapes) return true;
  }
  return false;
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let [line, start] = [1, 0];
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", start)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
