// YAML 1.2 (core) text to plain data, bounded in size, depth and aliases, with the place of every node.
import { LineCounter } from "yaml";
import type { Document } from "yaml";
import type { Problem } from "#shared/errors.ts";
import { capProblems } from "./cap-problems.ts";
import { composeDocument } from "./compose-document.ts";
import { dropDuplicateKeys } from "./drop-duplicate-keys.ts";
import { formatPath } from "./path.ts";
import { withoutIdleLines } from "./idle-lines.ts";
import { excessiveAlias, mostAliases, nodeFault, tooDeep } from "./node-faults.ts";
import type { NodeFault } from "./node-faults.ts";
import { sourceOf, sourceWithoutPlaces } from "./source.ts";
import type { Source } from "./source.ts";
import type { Excess } from "./yaml-excess.ts";

/** Bytes that a document may have. */
export const maxDocumentBytes = 8 * 1024 * 1024;

export type ParsedYaml = {
  /** The data, as far as it could be read; undefined when it could not. */
  readonly raw: unknown;
  readonly source: Source;
  readonly problems: readonly Problem[];
};

/** Never throws on what a person wrote: everything wrong is in `problems`. */
export function parseYaml(text: string, file: string): ParsedYaml {
  const refused = (excess: Excess): ParsedYaml => {
    return { raw: undefined, source: sourceWithoutPlaces(file), problems: [{ path: "", ...excess, file }] };
  };
  if (Buffer.byteLength(text) > maxDocumentBytes) return refused({ problem: "the document is larger than 8 MiB" });
  const composed = composeDocument(withoutIdleLines(text), text);
  if ("excess" in composed) return refused(composed.excess);
  const { document } = composed;
  const lines = linesOf(text);
  const source = sourceOf(file, document, lines);
  const problems = [...syntaxProblems(document, lines, file)];
  if (document.directives?.yaml.version === "1.1")
    problems.push({
      path: "",
      problem: "the document asks for YAML 1.1",
      hint: "YAML 1.2 is read; remove the %YAML line",
      file,
      line: 1,
      column: 1,
    });
  if (document.errors.length > 0) return { raw: undefined, source, problems };
  const fault = nodeFault(document);
  if (fault !== undefined) return { raw: undefined, source, problems: [...problems, faultProblem(fault, lines, file)] };
  problems.push(...duplicateProblems(document, lines, file));
  const data = dataOf(document, lines, file);
  return { raw: data.raw, source, problems: [...problems, ...data.problems] };
}

/** Of the text as it was written. */
function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  return lines;
}

function syntaxProblems(document: Document.Parsed, lines: LineCounter, file: string): readonly Problem[] {
  const exhausted = document.errors.filter((error) => error.code === "RESOURCE_EXHAUSTION");
  if (exhausted.length > 0) {
    // one for each level that it had to leave
    const { line, col } = lines.linePos(Math.min(...exhausted.map((error) => error.pos[0])));
    return [{ path: "", problem: tooDeep, file, line, column: col }];
  }
  return capProblems([...document.errors, ...document.warnings], file, (error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: "", ...wording(error.code, error.message), file, line, column: col };
  });
}

function duplicateProblems(document: Document.Parsed, lines: LineCounter, file: string): readonly Problem[] {
  return capProblems(dropDuplicateKeys(document.contents), file, ({ path, offset, firstOffset }) => {
    const { line, col } = lines.linePos(offset);
    const problem = `the same key as in line ${lines.linePos(firstOffset).line}`;
    return { path: formatPath(path), problem, hint: "remove or rename one of the two", file, line, column: col };
  });
}

function wording(code: string, message: string): { readonly problem: string; readonly hint?: string } {
  if (code === "MULTIPLE_DOCS") return { problem: "more than one YAML document", hint: "keep one document in a file" };
  if (code === "NON_STRING_KEY") return { problem: "a key that is not text" };
  if (code === "TAB_AS_INDENT") return { problem: "a tab in the indentation", hint: "indent with spaces" };
  return { problem: `not valid YAML: ${withoutSource(message)}` };
}

/** What the library quotes of the document may be a secret; line and column tell where it is. */
function withoutSource(message: string): string {
  return message
    .replace(/(in YAML stream|extra characters|Unresolved tag|Invalid escape sequence):? .*$/s, "$1")
    .replace(/^Unexpected \S{4,} in (?!YAML)/, "Unexpected text in ");
}

function faultProblem({ node, problem, hint }: NodeFault, lines: LineCounter, file: string): Problem {
  const { line, col } = lines.linePos(node.range?.[0] ?? 0);
  return { path: "", problem, hint, file, line, column: col };
}

function dataOf(
  document: Document.Parsed,
  lines: LineCounter,
  file: string,
): { readonly raw: unknown; readonly problems: readonly Problem[] } {
  try {
    const raw: unknown = document.toJS({ maxAliasCount: mostAliases });
    return { raw, problems: [] };
  } catch (error) {
    // the library reports too many aliases as ReferenceError, and runs out of stack where they lie within each other
    const fault = error instanceof ReferenceError || error instanceof RangeError ? excessiveAlias(document) : undefined;
    if (fault === undefined) throw error;
    return { raw: undefined, problems: [faultProblem(fault, lines, file)] };
  }
}
