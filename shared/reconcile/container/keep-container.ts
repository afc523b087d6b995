// Keeps a container that has the wanted specification: running, with its policy, limits, networks and files.
import { canonical } from "#shared/canonical.ts";
import { isRunning, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { hasData, isBlocked, loopPlan, startDecision } from "#shared/reconcile/etcd/etcd-gate.ts";
import { isEffectDue } from "#shared/reconcile/files/file-differences.ts";
import type { FileDifferences } from "#shared/reconcile/files/file-differences.ts";
import { givenData, giveSteps } from "./given-directories.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import { checkSteps, filesBefore, signalSteps } from "#shared/reconcile/files/plan-files.ts";
import { createSteps, startStep, stopStep } from "./replace-container.ts";
import { liveTrialWait } from "./trial.ts";
import { loops } from "#shared/reconcile/parts/slot.ts";
import type { Step } from "#shared/state/step.ts";
import { ownValue } from "#shared/own-value.ts";

export type Maintained = {
  readonly context: Context;
  readonly desired: DesiredContainer;
  readonly current: ObservedContainer;
  readonly differences: FileDifferences;
};

/** Mends drift and brings changed live files into force. */
export function maintainPlan(about: Maintained): ContainerPart {
  const { context, desired, current, differences } = about;
  const again = recreateCause(desired, current) ?? stuckCause(context, desired, current);
  if (again !== undefined) return recreatePlan(about, again);
  if (!isRunning(current)) return restartPlan(about);
  const loop = loopPlan(context, desired, current);
  if (loop !== undefined) return loop;
  const restart = restartCause(about);
  if (restart !== undefined) return stopStartPlan(about, restart);
  const files = filesBefore(desired, differences, { inUse: true, current, ledger: context.observed.ledger });
  const signals =
    current.state === "running" ? signalSteps(desired, current, { differences, observed: context.observed }) : [];
  const cause = "changed files came into force";
  return {
    ...emptyPart(desired),
    checks: checkSteps(desired, differences, "changed files"),
    files,
    main: [...updateSteps(desired, current), ...signals],
    wait: signals.length > 0 ? waitStep(desired, cause) : liveTrialWait(context, desired, current, differences.live),
  };
}

function waitStep(desired: DesiredContainer, cause: string): Step {
  return stepFor("waitHealthy", desired, cause, { probe: desired.probe, digest: desired.digest });
}

/** Restart policy and limits are the two things that change in place. */
export function updateSteps(desired: DesiredContainer, current: ObservedContainer): readonly Step[] {
  const restart = current.restart === desired.restart ? undefined : desired.restart;
  const resources = canonical(current.resources) === canonical(desired.resources) ? undefined : desired.resources;
  if (restart === undefined && resources === undefined) return [];
  const cause =
    restart === undefined
      ? "resource limits differ"
      : resources === undefined
        ? "restart policy differs"
        : "restart policy and limits differ";
  return [stepFor("updateContainer", desired, cause, { id: current.id, restart, resources })];
}

/** Differences that Docker cannot change in a container that exists. */
export function recreateCause(desired: DesiredContainer, current: ObservedContainer): string | undefined {
  if (current.state === "dead" || current.state === "removing") return `it is ${current.state}`;
  if (current.state === "paused") return "it is paused";
  const cleared = Object.entries(current.resources).some(
    ([limit, value]) =>
      value !== undefined &&
      !Object.entries(desired.resources).some(([name, wanted]) => name === limit && wanted !== undefined),
  );
  if (cleared) return "a resource limit is gone";
  const network = desired.spec.networkMode;
  if (current.state === "running" && !current.networks.includes(network))
    return `it is not attached to network ${network}`;
  return undefined;
}

/** What is younger may be one that was made for this very reason. */
const stuckAfterMs = 60_000;

/**
 * It cannot be started any more, in the engine's words. What the engine keeps of it may be broken, such as a task or a directory of
 * containerd's that is still there when it was restarted meanwhile; a container with another id has none of that.
 */
export function refusedStart(
  { state, startedAt, createdAt, startRefusal }: ObservedContainer,
  now: number,
): string | undefined {
  const ranBefore = state === "exited" && startedAt !== undefined;
  const neverRan = state === "created" && now - createdAt >= stuckAfterMs;
  return startRefusal !== undefined && (ranBefore || neverRan) ? `it cannot be started: ${startRefusal}` : undefined;
}

/** A start that failed while the engine or the host began is tried once more: only the refusal of a start of ours has a verdict. */
function stuckCause({ observed }: Context, { name }: DesiredContainer, current: ObservedContainer): string | undefined {
  return ownValue(observed.ledger.verdicts, name) === undefined ? undefined : refusedStart(current, observed.now);
}

function recreatePlan({ context, desired, current, differences }: Maintained, cause: string): ContainerPart {
  const start = startDecision(context, desired);
  if (isBlocked(start)) return { ...emptyPart(desired), blocked: [start] };
  const options = { desired, slot: { renamed: false, surplus: [] }, start, cause, live: [] };
  return {
    ...emptyPart(desired),
    images: [desired.spec.image],
    early: [
      ...(isRunning(current) ? [stopStep(desired, current, cause)] : []),
      stepFor("removeContainer", desired, cause, { id: current.id }),
    ],
    files: filesBefore(desired, differences, { inUse: false, current: undefined }),
    main: [...createSteps(options), ...give({ context, desired }), startStep(options)],
    wait: waitStep(desired, cause),
  };
}

function restartPlan(about: Maintained): ContainerPart {
  const { context, desired, current, differences } = about;
  const start = startDecision(context, desired);
  if (isBlocked(start)) return { ...emptyPart(desired), blocked: [start] };
  if (!hasData(context, desired) && start.start !== current.start)
    return recreatePlan(about, "its data directory is empty and its start arguments do not fit");
  const cause = current.state === "created" ? "not started" : `not running, exit code ${current.exitCode ?? "unknown"}`;
  return {
    ...emptyPart(desired),
    files: filesBefore(desired, differences, { inUse: false, current: undefined }),
    main: [...updateSteps(desired, current), ...give(about), startStep({ desired, cause }, current.id)],
    wait: waitStep(desired, cause),
  };
}

/** While nothing of it runs: what was put back from a copy may be a former user's. */
function give({ context, desired }: Pick<Maintained, "context" | "desired">): readonly Step[] {
  return giveSteps(desired, givenData(desired, context.observed));
}

/** Why a running container must be stopped and started: a file it reads only at start was not what it is now. */
function restartCause({ context, desired, current, differences }: Maintained): string | undefined {
  const [replaced] = context.observed.replacedMounts.get(current.id) ?? [];
  if (replaced !== undefined) return `another directory is at ${replaced} than the one that it has`;
  const { startedAt } = current;
  if (loops(current, context.observed.now) && updateSteps(desired, current).length > 0) return "it crashes in a loop";
  const wrongSealed = differences.sealed.find(
    ({ found }) => found !== undefined && startedAt !== undefined && found.changedAt < startedAt,
  );
  if (wrongSealed !== undefined) return `it started with a changed ${wrongSealed.file.path}`;
  const changed = differences.live.find(
    ({ file, found }) =>
      file.effect === "restart" &&
      !(
        found !== undefined &&
        startedAt !== undefined &&
        found.changedAt > startedAt &&
        context.observed.ledger.files[file.path]?.digest === file.digest
      ),
  );
  if (changed !== undefined) return `changed: ${changed.file.path}`;
  const due = desired.live.find((file) => file.effect === "restart" && isEffectDue(file, current, context.observed));
  if (due !== undefined && !differences.live.some(({ file }) => file.path === due.path)) return `changed: ${due.path}`;
  return undefined;
}

function stopStartPlan({ context, desired, current, differences }: Maintained, cause: string): ContainerPart {
  const stop = stopStep(desired, current, cause);
  const stopFirst = differences.sealed.length > 0;
  return {
    ...emptyPart(desired),
    checks: checkSteps(desired, differences, cause),
    early: stopFirst ? [stop] : [],
    files: filesBefore(desired, differences, { inUse: !stopFirst, current, ledger: context.observed.ledger }),
    main: [
      ...(stopFirst ? [] : [stop]),
      ...updateSteps(desired, current),
      ...give({ context, desired }),
      startStep({ desired, cause }, current.id),
    ],
    wait: waitStep(desired, cause),
  };
}
