// YAML text to the library's tree, unless its words are too much for one.
import { Composer, Lexer, Parser, YAMLParseError } from "yaml";
import type { CST, Document } from "yaml";
import { excessOf } from "./yaml-excess.ts";
import type { Excess } from "./yaml-excess.ts";

/** Characters of a text whose words are kept from the first look at them; a longer one is taken apart once more. */
const mostKept = 256 * 1024;

type Composed = { readonly document: Document.Parsed } | { readonly excess: Excess };

/** The text's first document, in which further ones are an error. `written` is the text as a person has it, of the same length. */
export function composeDocument(text: string, written: string): Composed {
  const kept: string[] = [];
  const isKept = text.length <= mostKept;
  const excess = excessOf(text, { written, onToken: (token) => void (isKept && kept.push(token)) });
  if (excess !== undefined) return { excess };
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const nodes = nodesOf(isKept ? kept : new Lexer().lex(text));
  const [document, second] = composer.compose(nodes, true, text.length);
  if (document === undefined) throw new Error("the library gives a document for every text");
  if (second !== undefined)
    document.errors.push(new YAMLParseError([second.range[0], second.range[1]], "MULTIPLE_DOCS", "several documents"));
  return { document };
}

function* nodesOf(tokens: Iterable<string>): Generator<CST.Token> {
  const parser = new Parser();
  for (const token of tokens) yield* parser.next(token);
  yield* parser.end();
}
