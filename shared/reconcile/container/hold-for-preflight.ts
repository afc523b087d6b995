// What must hold on the host before a container is started: it blocks the start, or is mended first where that was allowed.
import { blockedFor, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import { findingText } from "#shared/state/preflight-finding.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import type { Blocked, Plan } from "#shared/state/step.ts";
import { startsContainer } from "#shared/state/step-traits.ts";

/** The part with its preflight: blocked by what a person must do, or with what the agent may mend before it. */
export function withPreflight(context: Context, container: DesiredContainer, part: ContainerPart): ContainerPart {
  const findings = context.observed.preflight.get(container.name) ?? [];
  if (findings.length === 0 || !startsContainer(part.main) || isUnderWay(context, container)) return part;
  const mends = container.preflight?.mend === true ? findings.map((finding) => finding.mend) : [undefined];
  const known = mends.filter((mend) => mend !== undefined);
  if (known.length < mends.length)
    return { ...emptyPart(container), blocked: [...part.blocked, preflightBlocked(container, findings)] };
  const cause = `not ready: ${checksOf(findings)}`;
  return { ...part, main: [stepFor("mendHost", container, cause, { mends: known }), ...part.main] };
}

/** True when this plan would start the container, so that its preflight must be looked at. */
export function isPreflightDue(context: Context, container: DesiredContainer, plan: Plan): boolean {
  if (container.preflight === undefined || isUnderWay(context, container)) return false;
  return startsContainer(plan.steps.filter((step) => step.component === container.component));
}

/** A replacement that has begun is finished, forth or back: the old container is stopped already. */
function isUnderWay({ observed }: Context, container: DesiredContainer): boolean {
  return slotOf(observed, container.name, container.specHash).old !== undefined;
}

function preflightBlocked(container: DesiredContainer, findings: readonly PreflightFinding[]): Blocked {
  return {
    ...blockedFor(container, "preflight", `the host is not ready for it: ${checksOf(findings)}`),
    details: findings.map(findingText),
  };
}

function checksOf(findings: readonly PreflightFinding[]): string {
  return [...new Set(findings.map(({ check }) => check))].join(", ");
}
