// How many problems are told at once: nobody reads more, and what each costs is multiplied by as many as somebody can write.
import type { Problem } from "#shared/errors.ts";

export const mostProblems = 200;

/** The first ones, each made only when it is told, and a word for the rest. */
export function capProblems<T>(found: readonly T[], file: string, problemOf: (each: T) => Problem): readonly Problem[] {
  const told = found.slice(0, mostProblems).map(problemOf);
  return found.length <= mostProblems ? told : [...told, andMore(found.length - mostProblems, file)];
}

/** The first of what was found in any order, by place, and a word for the rest. */
export function firstByPlace(problems: readonly Problem[], file: string): readonly Problem[] {
  const words = problems.filter(isAndMore);
  const found = problems.filter((problem) => !isAndMore(problem));
  const left = found.length - mostProblems;
  const sorted = sortedByPlace(found);
  if (left <= 0) return [...sorted, ...words];
  return [
    ...sorted.slice(0, mostProblems),
    andMore(
      words.reduce((sum, each) => sum + countOf(each), left),
      file,
    ),
  ];
}

/** Problems in the order of the text; those without a place first, the word for further ones last. */
export function sortedByPlace(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) =>
      Number(isAndMore(a)) - Number(isAndMore(b)) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

function countOf({ problem }: Problem): number {
  return Number(problem.split(" ")[1] ?? "0");
}

/** Instead of those that are not told. */
export function andMore(left: number, file: string): Problem {
  return { path: "", problem: `and ${left} more problems`, hint: "mend these first", file };
}

export function isAndMore({ path, problem }: Problem): boolean {
  return path === "" && /^and [0-9]+ more problems$/.test(problem);
}
