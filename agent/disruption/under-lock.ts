// Work beside the ticks that needs the disruption lock.
import { isFlexkubeError } from "#shared/errors.ts";
import type { HeldLock, Taker } from "./held-lock.ts";

export type WorkLock = Pick<HeldLock, "take" | "check" | "free" | "close">;

/**
 * What the work resolves to, done while the lock is held, or why it waits: the lock or the work say so (STEP_WAITING). What fails otherwise
 * leaves the lock to its lease: nobody knows whether etcd is still at it. `check` throws STEP_WAITING once the lock is lost.
 */
export async function underLock<Result>(
  lock: WorkLock | undefined,
  taker: Taker,
  work: (check: () => Promise<void>) => Promise<Result>,
): Promise<{ readonly result: Result } | { readonly waits: string }> {
  if (lock === undefined) return { waits: "the host config has no disruption lock" };
  try {
    await lock.take(taker);
    const result = await work(async () => lock.check(taker.name));
    await lock.free({ component: taker.component, container: taker.name });
    return { result };
  } catch (error) {
    if (isFlexkubeError(error, "STEP_WAITING")) return { waits: error.details.reason };
    throw error;
  } finally {
    await lock.close();
  }
}
