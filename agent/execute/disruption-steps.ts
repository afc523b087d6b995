// The steps of the disruption lock.
import { steadyTimesOf } from "#agent/facts/steady-times.ts";
import { anyHolds } from "#agent/health/probe.ts";
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

/** Before a stop. Throws STEP_WAITING when the lock that it needs is not held any more, and when what was down works by now. */
export async function checkDisruption(step: StepOf<"stopContainer">, effects: Effects): Promise<void> {
  const { id, locked, unlessWorks } = step.arguments;
  if (locked === true) await lockOf(effects).check(step.subject);
  if (unlessWorks === undefined) return;
  const { engine, clock, signal, times } = effects;
  const details = await engine.inspect(id, { signal });
  if (await anyHolds(unlessWorks, { ...details, ...steadyTimesOf(details, times) }, { clock, signal }))
    throw new FlexkubeError("STEP_WAITING", "a step waits for the next plan", {
      reason: `${step.subject} did not work and works now`,
    });
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
