// What a tick comes to by what its plans came to.
import type { Execution } from "./execute-plan.ts";
import type { Report } from "#agent/report/report.ts";

/** `end`: what it is where nothing was executed. */
export function resultOf(executions: readonly Execution[], end: Report["result"]): Report["result"] {
  const last = executions.at(-1);
  if (last !== undefined && last.failures.length + last.resting.size > 0) return "failed";
  if (end === "failed") return "failed";
  return executions.length > 0 ? "changed" : end;
}

export function firstError(executions: readonly Execution[]): Error | undefined {
  const last = executions.at(-1);
  const told = last?.failures.length === 0 && last.resting.size > 0 ? executions : executions.slice(-1);
  return told.findLast(({ failures }) => failures.length > 0)?.failures[0]?.error;
}
