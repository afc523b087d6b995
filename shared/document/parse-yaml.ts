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
import { ownMistakes, placeOf, syntaxWords } from "./syntax-errors.ts";
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
  const read = withoutIdleLines(text);
  const composed = composeDocument(read, text);
  if ("excess" in composed) return refused(composed.excess);
  const { document } = composed;
  const lines = linesOf(text);
  const source = sourceOf(file, document, lines);
  const problems = [...syntaxProblems(document, { read, lines, file })];
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

/** `read`: the text as it was parsed, of which the lines are. */
type Parsing = { readonly read: string; readonly lines: LineCounter; readonly file: string };

function syntaxProblems(document: Document.Parsed, { read, lines, file }: Parsing): readonly Problem[] {
  const exhausted = document.errors.filter((error) => error.code === "RESOURCE_EXHAUSTION");
  if (exhausted.length > 0) {
    // one for each level that it had to leave
    const { line, col } = lines.linePos(Math.min(...exhausted.map((error) => error.pos[0])));
    return [{ path: "", problem: tooDeep, file, line, column: col }];
  }
  return capProblems(ownMistakes([...document.errors, ...document.warnings]), file, (error) => {
    const { line, col } = lines.linePos(placeOf(error, read));
    return { path: "", ...syntaxWords(error, read), file, line, column: col };
  });
}

function duplicateProblems(document: Document.Parsed, lines: LineCounter, file: string): readonly Problem[] {
  return capProblems(dropDuplicateKeys(document.contents), file, ({ path, offset, firstOffset }) => {
    const { line, col } = lines.linePos(offset);
    const problem = `the same key as in line ${lines.linePos(firstOffset).line}`;
    return { path: formatPath(path), problem, hint: "remove or rename one of the two", file, line, column: col };
  });
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
