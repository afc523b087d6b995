// Decides for one container: create, keep, mend, replace, or bring the old one back.
import { blockedFor, isRunning, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { isBlocked, startDecision } from "#shared/reconcile/etcd/etcd-gate.ts";
import { fileDifferences } from "#shared/reconcile/files/file-differences.ts";
import type { FileDifferences } from "#shared/reconcile/files/file-differences.ts";
import { maintainPlan } from "./keep-container.ts";
import { givenBack, givenData, givenDirectories, giveSteps, withoutGiven } from "./given-directories.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import { checkSteps, deliver, filesBefore } from "#shared/reconcile/files/plan-files.ts";
import { planOnce } from "./plan-once.ts";
import { discardSteps, replaceSteps, returnSteps } from "./replace-container.ts";
import { restorePart } from "./restore-part.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import { targetOf } from "./target.ts";
import type { Target } from "./target.ts";
import type { BlockedCode, GivenDirectory } from "#shared/state/step.ts";
import { failedTrial, isPastReturn, trialWait } from "./trial.ts";
import { staleFiles } from "#shared/reconcile/files/stale-files.ts";
import { surplusSteps } from "./surplus-steps.ts";
import { verdictBlocked, verdictSteps } from "./verdict-steps.ts";

/** The container's part of the plan. Pure; the same input gives the same part. */
export function planContainer(context: Context, wanted: DesiredContainer): ContainerPart {
  const slot = slotOf(context.observed, wanted.name, wanted.specHash);
  if (slot.taken !== undefined)
    return blockedPlan(
      wanted,
      "name-taken",
      `the name ${wanted.name} is held by a container that is not ours; rename or remove it`,
    );
  if (slot.unknown !== undefined)
    return blockedPlan(
      wanted,
      "unknown",
      `the engine does not tell about its container ${slot.unknown.name}: ${slot.unknown.reason}`,
    );
  if (wanted.once !== undefined) return planOnce(context, wanted, slot, wanted.once);
  const restoring = restorePart(context, wanted, (after) => planContainer(after, wanted));
  if (restoring !== undefined) return restoring;
  const failed = failedTrial(context, wanted, slot);
  if (failed === undefined) return planTarget(context, wanted, slot);
  const judged = withVerdict(context, wanted.name, failed.arguments.verdict);
  const back = planTarget(judged, wanted, slot);
  return { ...back, early: [failed, ...back.early] };
}

function planTarget(context: Context, wanted: DesiredContainer, slot: Slot): ContainerPart {
  const target = targetOf(context, wanted, slot);
  const desired = target.container;
  const differences = target.kind === "keep" ? noDifferences : fileDifferences(desired, context.observed);
  const told = [
    ...(target.verdict === undefined ? [] : [verdictBlocked(desired, target.verdict)]),
    ...(target.waits === undefined ? [] : [target.waits]),
    ...differences.unheld,
  ];
  if (differences.blocked.length > 0) return { ...emptyPart(wanted), blocked: [...told, ...differences.blocked] };
  const named = { ...slot, current: afterSurplus(slot) };
  const plan =
    target.kind === "keep"
      ? keepPlan(context, target, named)
      : desiredPlan(context, target, { slot: named, differences });
  const settled =
    target.verdict === undefined ? plan : verdictSteps(context, { desired, slot, verdict: target.verdict }, plan);
  return {
    ...settled,
    early: [...surplusSteps(desired, slot), ...settled.early],
    cleanup: target.kind === "keep" || plan.blocked.length > 0 ? [] : staleFiles(context.observed, desired),
    blocked: [...told, ...settled.blocked],
  };
}

/** The current container as it is when its surplus steps have given it its name: one that crashed in a loop is stopped. */
function afterSurplus({ current, renamed, looping }: Slot): ObservedContainer | undefined {
  return renamed && current !== undefined && looping?.has(current.id) === true
    ? { ...current, state: "exited" }
    : current;
}

function desiredPlan(
  context: Context,
  target: Target,
  { slot, differences }: { readonly slot: Slot; readonly differences: FileDifferences },
): ContainerPart {
  const { container: desired } = target;
  const { current, old } = slot;
  if (current === undefined && old === undefined) return firstPlan(context, desired, differences);
  if (old !== undefined && old.specHash === desired.specHash && current?.specHash !== desired.specHash)
    return returnPlan(context, target, { slot, differences });
  if (current !== undefined && old === undefined && current.specHash === desired.specHash)
    return maintainPlan({ context, desired, current, differences });
  return replacePlan(context, desired, slot, differences);
}

function firstPlan(context: Context, desired: DesiredContainer, differences: FileDifferences): ContainerPart {
  const start = startDecision(context, desired);
  if (isBlocked(start)) return { ...emptyPart(desired), images: imageBefore(desired), blocked: [start] };
  const cause = "not there";
  const given = givenData(desired, context.observed);
  const options = { desired, slot: { renamed: false, surplus: [] }, start, cause, live: [], given };
  return {
    ...emptyPart(desired),
    images: [desired.spec.image],
    files: filesBefore(desired, differences, { inUse: false, current: undefined }),
    main: replaceSteps(options),
    wait: stepFor("waitHealthy", desired, cause, { probe: desired.probe, digest: desired.digest }),
  };
}

/** A member that waits to be added to etcd is added when it could start, so its image comes before. */
function imageBefore({ etcd, spec }: DesiredContainer): readonly string[] {
  return etcd?.changesItself === true ? [spec.image] : [];
}

/** Replaces, or goes on with a replacement that was cut. */
function replacePlan(
  context: Context,
  desired: DesiredContainer,
  slot: Slot,
  differences: FileDifferences,
): ContainerPart {
  if (slot.oldTaken !== undefined)
    return blockedPlan(
      desired,
      "name-taken",
      `the name ${slot.oldTaken.name}, needed for a replacement, is held by a container that is not ours`,
    );
  const proven = provenCandidate(context, desired, slot);
  if (proven !== undefined) return proven;
  const onTrial = slot.current !== undefined && slot.old !== undefined && slot.current.specHash === desired.specHash;
  const start = startDecision(context, desired);
  if (isBlocked(start)) return { ...emptyPart(desired), images: imageBefore(desired), blocked: [start] };
  const cause = replaceCause(context, desired, slot);
  const begun = onTrial && isRunning(slot.current);
  const live = differences.live.map(({ file }) => deliver(desired, file));
  const healthy =
    begun && !isRunning(slot.old) && live.length === 0 && context.observed.health.get(desired.name) === true;
  if (begun && !healthy && isPastReturn(context, desired, slot))
    return blockedPlan(
      desired,
      "unhealthy",
      "it does not become healthy, and the old one cannot come back over a minor version: its log tells why; deliver a config of the new version that works",
    );
  const standBy = slot.old ?? slot.current;
  const given = begun ? [] : givenDirectories(desired, context.observed);
  const before = { ...differences, directories: withoutGiven(differences.directories, given), live: [] };
  return {
    ...emptyPart(desired),
    images: begun ? [] : [desired.spec.image],
    checks: onTrial ? [] : checkSteps(desired, differences, cause),
    files: filesBefore(desired, before, { inUse: begun, current: slot.current }),
    main: replaceSteps({ desired, slot, start, cause, live, given }),
    wait: healthy
      ? undefined
      : trialWait(context, desired, { slot, started: onTrial && slot.current?.startedAt !== undefined }, cause),
    after:
      standBy === undefined
        ? []
        : [stepFor("removeContainer", desired, "its successor works", { id: standBy.id, old: true })],
  };
}

/** A candidate that works has won even if the config has moved on: the older one goes, then a usual replacement follows. */
function provenCandidate(context: Context, desired: DesiredContainer, slot: Slot): ContainerPart | undefined {
  const { current, old } = slot;
  if (current === undefined || old === undefined || current.specHash === desired.specHash) return undefined;
  if (context.observed.health.get(desired.name) !== true) return undefined;
  const next = planTarget(
    {
      ...context,
      observed: {
        ...context.observed,
        containers: context.observed.containers.filter((container) => container !== old),
      },
    },
    desired,
    { ...slot, old: undefined },
  );
  return { ...next, early: [...discardSteps(desired, old, "its successor works", { old: true }), ...next.early] };
}

function returnPlan(
  { observed }: Context,
  target: Target,
  { slot, differences }: { readonly slot: Slot; readonly differences: FileDifferences },
): ContainerPart {
  const { container: desired } = target;
  const given = isRunning(slot.old) ? [] : givenDirectories(desired, observed);
  const before = { ...differences, directories: withoutGiven(differences.directories, given), live: [] };
  const cause = returnCause(target);
  const live = differences.live.map(({ file }) => deliver(desired, file));
  return {
    ...emptyPart(desired),
    files: filesBefore(desired, before, { inUse: isRunning(slot.old), current: slot.old }),
    main: returnSteps({ desired, slot, cause, live, given }),
    wait: stepFor("waitHealthy", desired, cause, { probe: desired.probe, digest: desired.digest }),
  };
}

/** Nobody knows what the old container was made from: it comes back and stays as it is. */
function keepPlan(context: Context, target: Target, slot: Slot): ContainerPart {
  const { container: desired } = target;
  const cause = returnCause(target);
  const wait = stepFor("waitHealthy", desired, cause, { probe: desired.probe, digest: "" });
  const givenTo = (container: ObservedContainer): readonly GivenDirectory[] =>
    isRunning(container) ? [] : givenBack(desired, container.user, context.observed);
  if (slot.old !== undefined)
    return {
      ...emptyPart(desired),
      main: returnSteps({ desired, slot, cause, live: [], given: givenTo(slot.old) }),
      wait,
    };
  const { current } = slot;
  if (current === undefined) return emptyPart(desired);
  const policy =
    current.restart === desired.restart
      ? []
      : [stepFor("updateContainer", desired, cause, { id: current.id, restart: desired.restart })];
  if (isRunning(current)) return { ...emptyPart(desired), main: policy };
  const start = startDecision(context, desired);
  if (isBlocked(start)) return { ...emptyPart(desired), blocked: [start] };
  return {
    ...emptyPart(desired),
    main: [
      ...policy,
      ...giveSteps(desired, givenTo(current), cause),
      stepFor("startContainer", desired, "not running", { id: current.id }),
    ],
    wait,
  };
}

function returnCause({ waits }: Target): string {
  return waits === undefined ? "the new container did not work" : "the API servers go first";
}

function replaceCause(context: Context, desired: DesiredContainer, slot: Slot): string {
  const before = slot.old ?? slot.current;
  if (before === undefined) return "not there";
  if (before.image !== desired.spec.image) return `image changed from ${before.image} to ${desired.spec.image}`;
  const known = context.fallback?.containers.find((container) => container.name === desired.name);
  if (known === undefined || known.specHash !== before.specHash) return "specification changed";
  const changed = changedFields(known, desired);
  return changed.length === 0 ? "specification changed" : `changed: ${changed.join(", ")}`;
}

/** Names of the fields that differ; a changed sealed directory shows as `files`, not as a mount. */
function changedFields(before: DesiredContainer, after: DesiredContainer): readonly string[] {
  const fields = Object.keys(after.spec).filter((field) => field !== "mounts");
  const rest = (container: DesiredContainer): string =>
    JSON.stringify(container.spec.mounts.filter((mount) => mount.source !== container.sealed?.path));
  const of = (container: DesiredContainer, field: string): string =>
    JSON.stringify(Object.entries(container.spec).find(([key]) => key === field)?.[1] ?? null);
  return [
    ...(before.sealed?.path === after.sealed?.path ? [] : ["files"]),
    ...(rest(before) === rest(after) ? [] : ["mounts"]),
    ...fields.filter((field) => of(before, field) !== of(after, field)),
  ].toSorted();
}

function withVerdict(
  context: Context,
  name: string,
  verdict: Context["observed"]["ledger"]["verdicts"][string],
): Context {
  const { observed } = context;
  return {
    ...context,
    observed: {
      ...observed,
      ledger: { ...observed.ledger, verdicts: { ...observed.ledger.verdicts, [name]: verdict } },
    },
  };
}

function blockedPlan(about: DesiredContainer, code: BlockedCode, reason: string): ContainerPart {
  return { ...emptyPart(about), blocked: [blockedFor(about, code, reason)] };
}

const noDifferences: FileDifferences = { directories: [], sealed: [], live: [], blocked: [], unheld: [] };
