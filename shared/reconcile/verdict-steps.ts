// The end of a return: rejected when the old container works again, postponed when it does not, so the fault is elsewhere.
import { durationMs } from "#shared/duration.ts";
import { blockedFor, stepFor } from "./context.ts";
import type { Context } from "./context.ts";
import { hasSteps } from "./container-plan.ts";
import type { ContainerPlan } from "./container-plan.ts";
import type { DesiredContainer } from "./desired.ts";
import type { Verdict } from "./ledger.ts";
import type { Slot } from "./slot.ts";
import type { Blocked } from "./step.ts";

const firstPauseMs = 30_000;
const longestPauseMs = 600_000;

/** Adds to a plan that brings the old state back what shall be remembered of the try. */
export function verdictSteps(
  context: Context,
  about: { readonly desired: DesiredContainer; readonly slot: Slot; readonly verdict: Verdict },
  plan: ContainerPlan,
): ContainerPlan {
  const { desired, slot, verdict } = about;
  if (verdict.state !== "failed" || plan.blocked.length > 0) return plan;
  const { observed } = context;
  const cause = "the old container works, so the new one is at fault";
  const rejected = stepFor("settleVerdict", desired, cause, { verdict: { ...verdict, state: "rejected" } });
  const wait = stepFor("waitHealthy", desired, "it came back", { probe: desired.probe, digest: "" });
  if (hasSteps(plan)) return { ...plan, wait: plan.wait ?? wait, after: [...plan.after, rejected] };
  if (observed.health.get(desired.name) === true) return { ...plan, after: [rejected] };
  const since = Math.max(verdict.at, slot.current?.startedAt ?? 0);
  const until = Math.min(since, verdict.at + durationMs(desired.probe.deadline)) + durationMs(desired.probe.deadline);
  if (observed.now < until)
    return {
      ...plan,
      wait: stepFor("waitHealthy", desired, "it came back", { probe: desired.probe, digest: "", until }),
      after: [rejected],
    };
  const pause = Math.min(firstPauseMs * 2 ** (verdict.tries - 1), longestPauseMs);
  const postponed = { ...verdict, state: "postponed" as const, until: observed.now + pause };
  return {
    ...plan,
    after: [
      stepFor("settleVerdict", desired, "the old container does not work either, so the fault is elsewhere", {
        verdict: postponed,
      }),
    ],
  };
}

/** What status and plan say about a component that is held back by a verdict. */
export function verdictBlocked(desired: DesiredContainer, verdict: Verdict): Blocked {
  if (verdict.state === "postponed")
    return blockedFor(
      desired,
      "postponed",
      `the new configuration did not work (${verdict.reason}), nor did the old one; it is tried again later`,
    );
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
