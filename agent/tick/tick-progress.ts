// Tells how far a tick is while it goes on: a first start may pull images for minutes. Never more often than it helps.
import type { Loaded } from "./load-config.ts";
import type { TickFacts } from "./make-report.ts";
import type { StepProgress } from "#agent/effects/effects.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printStep } from "#shared/reconcile/print.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import { withoutUnproven } from "#shared/simulate/unproven.ts";
import type { Plan, Step } from "#shared/state/step.ts";
import { createPacedWriter } from "#agent/report/paced-writer.ts";
import type { Report } from "#agent/report/report.ts";

/** What a plan is carried out on. */
export type PlanUnderway = { readonly loaded: Loaded; readonly observed: ObservedState; readonly plan: Plan };

export type Progress = {
  readonly of: (underway: PlanUnderway) => StepProgress;
  /** Resolves when nothing is being written any more. */
  readonly end: () => Promise<void>;
};

const stepEveryMs = 1000;
const detailEveryMs = 10_000;

/** How the last tick that has ended did. */
export function endBefore(before: Report | undefined): Report["result"] | undefined {
  return before?.result === "working" ? before.underway?.before : before?.result;
}

/** `write` is called once at a time, first of all at once when there is no report at all. */
export function createProgress(options: {
  readonly clock: Clock;
  readonly before: Report | undefined;
  /** Told of each step and each sign of life within one. */
  readonly alive?: (() => void) | undefined;
  readonly write: (facts: TickFacts) => Promise<void>;
}): Progress {
  const { clock, before, write, alive } = options;
  const writer = createPacedWriter<TickFacts>({ clock, everyMs: stepEveryMs, write });
  const since = (): string => new Date(wallTime(clock).epochMs).toISOString();
  const lastResult = endBefore(before);
  if (before === undefined)
    writer.offer(() => ({ result: "working", underway: { step: "look at the host", since: since() } }));
  return {
    of: ({ loaded, observed, plan }) => {
      let now: { readonly step: Step; readonly done: readonly Step[]; readonly since: string } | undefined;
      const facts = (detail?: string): TickFacts => {
        if (now === undefined) return { result: "working", loaded };
        const underway = {
          step: printStep(now.step),
          since: now.since,
          detail,
          done: now.done.length,
          before: lastResult,
        };
        return {
          result: "working",
          loaded,
          observed: withoutUnproven(simulate(observed, now.done), now.done),
          plan,
          underway,
          done: now.done,
        };
      };
      return {
        begin: (step, done) => {
          alive?.();
          now = { step, done: [...done], since: since() };
          writer.offer(() => facts());
        },
        detail: (text) => {
          alive?.();
          writer.offerAfter(detailEveryMs, () => facts(text === "" ? undefined : text));
        },
      };
    },
    end: writer.end,
  };
}
