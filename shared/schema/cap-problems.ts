// How many problems are told at once: nobody reads more, and what each costs is multiplied by as many as somebody can write.
import type { Problem } from "#shared/errors.ts";

export const mostProblems = 200;

/** The first ones, each made only when it is told, and a word for the rest. */
export function capProblems<T>(found: readonly T[], file: string, problemOf: (each: T) => Problem): readonly Problem[] {
  const told = found.slice(0, mostProblems).map(problemOf);
  return found.length <= mostProblems ? told : [...told, andMore(found.length - mostProblems, file)];
}

/** Instead of those that are not told. */
export function andMore(left: number, file: string): Problem {
  return { path: "", problem: `and ${left} more problems`, hint: "mend these first", file };
}

export function isAndMore({ path, problem }: Problem): boolean {
  return path === "" && /^and [0-9]+ more problems$/.test(problem);
}
