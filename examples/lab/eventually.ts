// Waits for a condition by looking again and again, with a deadline; the tests' only way to wait.
import { inspect } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";

export type EventuallyOptions = {
  /** What is waited for, for the error: "eventually: <what>". */
  readonly what: string;
  /** Milliseconds; 30 seconds unless told. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds between two looks; 100 unless told. */
  readonly everyMs?: number | undefined;
};

/**
 * Resolves to what `check` gives as soon as it neither throws nor gives false.
 * Throws after the deadline, with the last error as cause. `check` itself should have a deadline too.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: EventuallyOptions,
): Promise<Exclude<T, false>> {
  const { what, deadlineMs = 30_000, everyMs = 100 } = options;
  const end = performance.now() + deadlineMs;
  for (;;) {
    let last: unknown;
    try {
      const found = await check();
      // `Exclude` cannot be narrowed to by control flow; false was just ruled out
      if (found !== false) return found as Exclude<T, false>;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= end) {
      throw new Error(
        `eventually: ${what}: not within ${deadlineMs} ms${last === undefined ? "" : `: ${inspect(last)}`}`,
        {
          cause: last,
        },
      );
    }
    await sleep(everyMs);
  }
}
