// A finding: something wrong in a document, by path; and how it becomes a problem with a place in the source.
import type { Problem } from "#shared/errors.ts";
import { formatPath } from "./path.ts";
import type { Path } from "./path.ts";
import type { Source } from "./source.ts";

/** What a check found. `at` says whether the key or the value is the offender; the value is the default. */
export type Finding = {
  readonly path: Path;
  readonly problem: string;
  readonly hint?: string | undefined;
  readonly at?: "key" | "value" | undefined;
};

/** The finding as a person is told of it, with file, line and column of its source. */
export function problemOf(finding: Finding, source: Source): Problem {
  const place = source.locate(finding.path, finding.at ?? "value");
  return {
    path: formatPath(finding.path),
    problem: finding.problem,
    ...(finding.hint === undefined ? {} : { hint: finding.hint }),
    file: source.file,
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
  };
}

/** Each place with the same words once. */
export function uniqueFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify([finding.path, finding.problem]), finding])).values()];
}
