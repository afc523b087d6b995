// How long work beside the ticks rests after failures, and what is told of them.
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { ErrorCode } from "#shared/errors.ts";
import { reasonOf } from "#shared/reason-of.ts";

/** These say that somebody else is at work, or that etcd is ill, which is told elsewhere. */
const noFailures: ReadonlySet<ErrorCode> = new Set(["STEP_LOCKED", "ETCD_UNREACHABLE"]);
const firstPauseMs = 15_000;
const longestPauseMs = 30 * 60_000;

export type Pauses = {
  /** No failure holds it back now. */
  readonly mayTry: () => boolean;
  readonly worked: () => void;
  /** `everyMs`: no pause is longer. True when the reason is another one than before. */
  readonly failed: (error: unknown, everyMs: number) => boolean;
  readonly failures: () => number;
  /** Why it failed last; undefined since it worked. */
  readonly problem: () => string | undefined;
};

export function createPauses(clock: Pick<Clock, "now">): Pauses {
  let [failures, inARow, retryAt] = [0, 0, 0];
  let problem: string | undefined;
  return {
    mayTry: () => clock.now() >= retryAt,
    worked: () => {
      inARow = 0;
      problem = undefined;
    },
    failed: (error, everyMs) => {
      const reason = reasonOf(error);
      const isNew = problem !== reason;
      retryAt = clock.now() + Math.min(firstPauseMs * 2 ** Math.min(inARow, 10), longestPauseMs, everyMs);
      inARow += 1;
      if (!isFlexkubeError(error) || !noFailures.has(error.code)) failures += 1;
      problem = reason;
      return isNew;
    },
    failures: () => failures,
    problem: () => problem,
  };
}
