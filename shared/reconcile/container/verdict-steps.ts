// The end of a return: rejected when the old container works again, postponed when it does not, so the fault is elsewhere.
import { durationMs } from "#shared/duration.ts";
import { blockedFor, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { hasSteps } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { Verdict } from "#shared/state/ledger.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import type { Blocked, Step } from "#shared/state/step.ts";

const firstPauseMs = 30_000;
const longestPauseMs = 600_000;
/** An engine that fails this often, over a quarter of an hour, on one container and on nothing else is not the one at fault. */
const engineTries = 5;

/** Adds to a plan that brings the old state back what shall be remembered of the try. */
export function verdictSteps(
  context: Context,
  about: { readonly desired: DesiredContainer; readonly slot: Slot; readonly verdict: Verdict },
  plan: ContainerPart,
): ContainerPart {
  const { desired, slot, verdict } = about;
  if (verdict.state !== "failed" || plan.blocked.length > 0) return plan;
  const { observed } = context;
  const settled = worksAgain(context, desired, verdict);
  const wait = stepFor("waitHealthy", desired, "it came back", { probe: desired.probe, digest: "" });
  if (hasSteps(plan)) return { ...plan, wait: plan.wait ?? wait, after: [...plan.after, settled] };
  if (observed.health.get(desired.name) === true) return { ...plan, after: [settled] };
  // of an earlier process, whose clock was ahead: now at the latest
  const at = Math.min(verdict.at, observed.now);
  const since = Math.max(at, slot.current?.startedAt ?? 0);
  const until = Math.min(since, at + durationMs(desired.probe.deadline)) + durationMs(desired.probe.deadline);
  if (observed.now < until)
    return {
      ...plan,
      wait: stepFor("waitHealthy", desired, "it came back", { probe: desired.probe, digest: "", until }),
      after: [settled],
    };
  return {
    ...plan,
    after: [
      stepFor("settleVerdict", desired, "the old container does not work either, so the fault is elsewhere", {
        verdict: postponed(context, verdict),
      }),
    ],
  };
}

/** The verdict once the old container works again: the new one is at fault, unless the engine itself may be. */
function worksAgain(context: Context, desired: DesiredContainer, verdict: Verdict): Step {
  if (verdict.engineError === true && verdict.tries <= engineTries)
    return stepFor("settleVerdict", desired, "the engine's own error may be the reason, so it is tried again", {
      verdict: postponed(context, verdict),
    });
  const cause = "the old container works, so the new one is at fault";
  return stepFor("settleVerdict", desired, cause, { verdict: { ...verdict, state: "rejected" } });
}

function postponed({ observed }: Context, verdict: Verdict): Verdict {
  const pause = Math.min(firstPauseMs * 2 ** (verdict.tries - 1), longestPauseMs);
  return { ...verdict, state: "postponed", until: observed.now + pause };
}

/** What status and plan say about a component that is held back by a verdict. */
export function verdictBlocked(desired: DesiredContainer, verdict: Verdict): Blocked {
  if (verdict.state === "postponed") {
    const besides = verdict.engineError === true ? "" : ", nor did the old one";
    return blockedFor(
      desired,
      "postponed",
      `the new configuration did not work (${verdict.reason})${besides}; it is tried again later`,
    );
  }
  if (verdict.host !== undefined)
    return blockedFor(
      desired,
      "rejected",
      `${verdict.host} tried this and it was not healthy: ${verdict.reason}; it is tried again when the configuration changes`,
    );
  return blockedFor(
    desired,
    "rejected",
    `the new configuration did not work (${verdict.reason}); the one before is in force until the host config changes`,
  );
}
