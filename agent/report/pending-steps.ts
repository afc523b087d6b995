// What of a plan is still to be done, for the report. Pure.
import { printStep } from "#shared/reconcile/print.ts";
import type { Step } from "#shared/state/step.ts";
import type { Report } from "./report.ts";

/** So many are told one by one: the report is written at every step. */
const told = 20;

/** Undefined when nothing is left. A step is known by its text; a commit of which only a part was done is still to be done. */
export function pendingOf(steps: readonly Step[], done: readonly Step[]): Report["pending"] {
  const finished = new Map<string, number>();
  for (const step of done) finished.set(printStep(step), (finished.get(printStep(step)) ?? 0) + 1);
  const left = steps.map(printStep).filter((step) => {
    const times = finished.get(step) ?? 0;
    if (times > 0) finished.set(step, times - 1);
    return times === 0;
  });
  return left.length === 0 ? undefined : { count: left.length, first: left.slice(0, told) };
}
