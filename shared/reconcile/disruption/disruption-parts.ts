// Puts the disruption lock around what stops a container that works, and around a replacement that was cut.
import { blockedFor, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { isLockBound, isOwn, isShared, stopBlocked } from "./disruption-gate.ts";
import { workingOf } from "#shared/reconcile/parts/working.ts";
import { changesRollout } from "./failed-elsewhere.ts";
import type { Verdict } from "#shared/state/ledger.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import type { Step, StepOf } from "#shared/state/step.ts";
import { guardedPart } from "./unless-works.ts";

/**
 * Each part that stops a working container waits, or takes the lock first and frees it last. A stop that comes before
 * the plan's files change would hold the lock over other containers, so it has the plan to itself.
 */
export function withDisruption(context: Context, parts: readonly ContainerPart[]): readonly ContainerPart[] {
  let first: string | undefined;
  return context.desired.containers.map((container, index) => {
    const found = parts[index] ?? emptyPart(container);
    if (!isShared(container) || found.isAlone === true) return found;
    const part = guardedPart(context, container, found);
    const stopped = stoppedBy(context, container, part);
    if (stopped.size === 0) return isLockBound(context, container) ? trialPart(context, container, part) : part;
    const blocked = stopBlocked(context, container);
    if (blocked !== undefined) return { ...emptyPart(container), blocked: [...part.blocked, blocked] };
    if (!isLockBound(context, container)) return part;
    if (first !== undefined && (hasStop(part.early, stopped) || isEarly(parts, context, first)))
      return {
        ...emptyPart(container),
        blocked: [...part.blocked, blockedFor(container, "waiting", `${first} on this host goes first`)],
      };
    first ??= container.name;
    return lockedPart(context, container, part, stopped);
  });
}

/** Ids of the working containers that the part stops. */
function stoppedBy(context: Context, container: DesiredContainer, part: ContainerPart): ReadonlySet<string> {
  const steps = [...part.early, ...part.main];
  return new Set(
    workingOf(context, container.name)
      .map(({ id }) => id)
      .filter((id) => hasStop(steps, new Set([id]))),
  );
}

function hasStop(steps: readonly Step[], ids: ReadonlySet<string>): boolean {
  return steps.some((step) => step.kind === "stopContainer" && ids.has(step.arguments.id));
}

function isEarly(parts: readonly ContainerPart[], context: Context, name: string): boolean {
  const part = parts.find((other) => other.name === name);
  const container = context.desired.containers.find((other) => other.name === name);
  return part !== undefined && container !== undefined && hasStop(part.early, stoppedBy(context, container, part));
}

function lockedPart(
  context: Context,
  container: DesiredContainer,
  part: ContainerPart,
  stopped: ReadonlySet<string>,
): ContainerPart {
  const steps = [...part.early, ...part.main];
  const cause = steps.find((step) => step.kind === "stopContainer" && stopped.has(step.arguments.id))?.cause ?? "";
  const take = takeStep(context, container, cause, true);
  const locked = (list: readonly Step[]): readonly Step[] => list.map((step) => lockedStop(step, stopped));
  const early = locked(part.early);
  const main = locked(part.main);
  return {
    ...part,
    early: hasStop(early, stopped) ? [take, ...early] : early,
    main: hasStop(early, stopped) ? main : [take, ...main],
    after: withFree(context, container, part),
  };
}

/** Marks a stop that needs the lock. */
export function lockedStop(step: Step, stopped: ReadonlySet<string>): Step {
  return step.kind === "stopContainer" && stopped.has(step.arguments.id)
    ? { ...step, arguments: { ...step.arguments, locked: true } }
    : step;
}

/**
 * A replacement under way, or the return from one: what the lock guards is down, so nothing waits for it. It is taken
 * if it can be had, and what the trial has told is left beside it.
 */
function trialPart(context: Context, container: DesiredContainer, part: ContainerPart): ContainerPart {
  const { observed } = context;
  const slot = slotOf(observed, container.name, container.specHash);
  const failed = part.after.some((step) => step.kind === "settleVerdict");
  const lock = observed.disruption?.lock;
  if (lock === undefined || (slot.old === undefined && !failed)) return part;
  const isKnown = !("unknown" in lock);
  const isOurs = isKnown && lock.holder !== undefined && isOwn(lock.holder, context);
  const goesOn = part.main.length > 0 || part.wait !== undefined;
  const takes = goesOn && isKnown && (isOurs || lock.holder === undefined);
  const tells = failed && changesRollout(context, container);
  if (!takes && !isOurs && !tells) return part;
  const take = takes ? [takeStep(context, container, "a replacement is under way", false)] : [];
  return { ...part, main: [...take, ...part.main], after: withFree(context, container, part) };
}

function takeStep({ desired }: Context, container: DesiredContainer, cause: string, required: boolean): Step {
  return stepFor("takeDisruption", container, cause, { host: desired.host, container, required });
}

/** The lock goes last, but before a verdict is settled: a verdict that is settled is told no more. */
function withFree(context: Context, container: DesiredContainer, { wait, after }: ContainerPart): readonly Step[] {
  const at = after.findIndex((step) => step.kind === "settleVerdict");
  const settled = after[at];
  const verdict = settled?.kind === "settleVerdict" ? settled.arguments.verdict : undefined;
  const rollout = container.disruption?.rollout;
  const isProof = wait?.kind === "waitHealthy" && wait.arguments.digest === container.digest;
  const told =
    rollout === undefined
      ? {}
      : settled === undefined
        ? { worked: isProof ? rollout : undefined }
        : { failed: failure(context, container, { rollout, verdict }) };
  const free = stepFor("freeDisruption", container, settled === undefined ? "it is done" : "the trial is over", told);
  return at < 0 ? [...after, free] : [...after.slice(0, at), free, ...after.slice(at)];
}

function failure(
  context: Context,
  container: DesiredContainer,
  { rollout, verdict }: { readonly rollout: string; readonly verdict: Verdict | undefined },
): StepOf<"freeDisruption">["arguments"]["failed"] {
  if (verdict?.state !== "rejected" || !changesRollout(context, container)) return undefined;
  return { rollout, reason: verdict.reason };
}
