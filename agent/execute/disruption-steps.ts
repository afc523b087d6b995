// The steps of the disruption lock.
import { wallTime } from "#shared/clock.ts";
import { requirePeers } from "#agent/disruption/held-lock.ts";
import type { HeldLock } from "#agent/disruption/held-lock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { StepOf } from "#shared/state/step.ts";
import type { Effects } from "#agent/effects/effects.ts";
import { reasonOf } from "#shared/reason-of.ts";

/**
 * Takes it and asks the others again, since the plan may be older than what happened to them. Where it is not required
 * the plan goes on without it.
 */
export async function takeDisruption(step: StepOf<"takeDisruption">, effects: Effects): Promise<void> {
  const { container, required } = step.arguments;
  const lock = lockOf(effects);
  try {
    await lock.take(container);
  } catch (error) {
    effects.signal.throwIfAborted();
    if (required) throw error;
    effects.log.info({ container: step.subject, reason: reasonOf(error) }, "going on without the disruption lock");
    return;
  }
  if (!required) return;
  try {
    await requirePeers(container, effects);
  } catch (error) {
    await lock.free({ component: step.component, container: step.subject });
    throw error;
  }
}

/** Before a stop that needs the lock. Throws STEP_WAITING when it is not held any more. */
export async function checkDisruption(step: StepOf<"stopContainer">, effects: Effects): Promise<void> {
  if (step.arguments.locked === true) await lockOf(effects).check(step.subject);
}

export async function freeDisruption(step: StepOf<"freeDisruption">, effects: Effects): Promise<void> {
  const { worked, failed } = step.arguments;
  const { component, subject: container } = step;
  const mark =
    failed === undefined
      ? undefined
      : { ...failed, host: effects.desired.host, component, at: wallTime(effects.clock).epochMs };
  await lockOf(effects).free({ component, container, failed: mark, worked });
}

function lockOf({ held }: Effects): HeldLock {
  if (held !== undefined) return held;
  throw new FlexkubeError("INTERNAL_BUG", "a plan has a lock that the host config does not know", { reason: "" });
}
