// Problems of a document, one line each: file:line:column, path, what is wrong, what to do.
import type { Problem } from "#shared/errors.ts";
import { printableLine } from "#shared/printable.ts";

/** Ends with a newline; empty for no problems. */
export function printProblems(problems: readonly Problem[]): string {
  return problems
    .map((problem) => `${printableLine(`${place(problem)}${problem.problem}${hint(problem)}`)}\n`)
    .join("");
}

function place({ file, line, column, path }: Problem): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(":");
  return [where, path]
    .filter((part) => part !== "")
    .map((part) => `${part}: `)
    .join("");
}

function hint(problem: Problem): string {
  return problem.hint === undefined ? "" : ` (${problem.hint})`;
}
