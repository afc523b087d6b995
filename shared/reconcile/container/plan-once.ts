// Plans a container that runs to its end. It serves nobody while it is replaced, so there is no trial and no way back:
// what is left of another specification goes, the new one is made, and a failed one is started again.
import { durationMs } from "#shared/duration.ts";
import { blockedFor, isRunning, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer, OnceRule } from "#shared/state/desired.ts";
import { fileDifferences } from "#shared/reconcile/files/file-differences.ts";
import type { FileDifferences } from "#shared/reconcile/files/file-differences.ts";
import { givenData, giveSteps } from "./given-directories.ts";
import { recreateCause, refusedStart, updateSteps } from "./keep-container.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import { hasSucceeded, isDone, missingProduct } from "./has-done-once.ts";
import { filesBefore } from "#shared/reconcile/files/plan-files.ts";
import { createSteps, discardSteps, startStep } from "./replace-container.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import { staleFiles } from "#shared/reconcile/files/stale-files.ts";
import type { Step } from "#shared/state/step.ts";
import { surplusSteps } from "./surplus-steps.ts";

type Once = {
  readonly context: Context;
  readonly desired: DesiredContainer;
  readonly rule: OnceRule;
  readonly slot: Slot;
  readonly differences: FileDifferences;
};

/** The part of the plan of a container with a once rule. */
export function planOnce(context: Context, desired: DesiredContainer, slot: Slot, rule: OnceRule): ContainerPart {
  const differences = fileDifferences(desired, context.observed);
  if (differences.blocked.length > 0) return { ...emptyPart(desired), blocked: differences.blocked };
  const plan = oncePlan({ context, desired, rule, slot, differences });
  return {
    ...plan,
    early: [...surplusSteps(desired, slot), ...plan.early],
    blocked: [...differences.unheld, ...plan.blocked],
    cleanup: plan.blocked.length > 0 ? [] : staleFiles(context.observed, desired),
  };
}

function oncePlan(about: Once): ContainerPart {
  const { context, desired, slot, differences } = about;
  const cause = replaceCause(about);
  if (slot.current === undefined || cause !== undefined) return replacePlan(about, cause ?? "not there");
  const { current } = slot;
  const early = discardSteps(desired, slot.old, "one container a component");
  const files = filesBefore(desired, differences, { inUse: isRunning(current), current });
  const updates = updateSteps(desired, current);
  if (isDone(desired, current, context.observed)) return { ...emptyPart(desired), early, files, main: updates };
  if (isRunning(current)) return { ...runningPlan(about, current), early, files, main: updates };
  const again = startCause(about, current);
  return {
    ...emptyPart(desired),
    early,
    files,
    main: [...updates, ...give(about), startStep({ desired, cause: again }, current.id)],
    wait: waitStep(desired, again),
  };
}

/** What is there goes before the new one is made: two of them must never run at once. */
function replacePlan({ context, desired, slot, differences }: Once, cause: string): ContainerPart {
  const create = { desired, slot: { renamed: false, surplus: [] }, start: { startArgs: [] }, cause, live: [] };
  return {
    ...emptyPart(desired),
    images: [desired.spec.image],
    files: filesBefore(desired, differences, { inUse: false, current: slot.current }),
    main: [
      ...discardSteps(desired, slot.old, cause),
      ...discardSteps(desired, slot.current, cause),
      ...createSteps(create),
      ...give({ context, desired }),
      startStep(create),
    ],
    wait: waitStep(desired, cause),
  };
}

function give({ context, desired }: Pick<Once, "context" | "desired">): readonly Step[] {
  return giveSteps(desired, givenData(desired, context.observed));
}

function replaceCause({ context, desired, slot: { current } }: Once): string | undefined {
  if (current === undefined) return undefined;
  if (current.specHash === desired.specHash)
    return recreateCause(desired, current) ?? refusedStart(current, context.observed.now);
  return current.image === desired.spec.image
    ? "specification changed"
    : `image changed from ${current.image} to ${desired.spec.image}`;
}

/** One that runs already has its deadline from its start; one that does not end is left alone and told of. */
function runningPlan({ context, desired }: Once, current: ObservedContainer): ContainerPart {
  const until = (current.startedAt ?? current.createdAt) + durationMs(desired.probe.deadline);
  if (context.observed.now < until)
    return { ...emptyPart(desired), wait: waitStep(desired, "it has not ended yet", until) };
  const reason = `it has not ended within ${desired.probe.deadline}`;
  return { ...emptyPart(desired), blocked: [blockedFor(desired, "unhealthy", reason)] };
}

function startCause({ context, rule }: Once, current: ObservedContainer): string {
  if (current.state === "created") return "not started";
  if (!hasSucceeded(current)) return `ended with exit code ${current.exitCode ?? "unknown"}`;
  return `${missingProduct(rule, context.observed.paths) ?? ""} is missing`;
}

function waitStep(desired: DesiredContainer, cause: string, until?: number): Step {
  const { probe, digest, once } = desired;
  return stepFor("waitHealthy", desired, cause, { probe, digest, until, once });
}
