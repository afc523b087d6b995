// A changed container is on trial until its probe holds. How long a trial lasts and when it has failed, told from
// what is observed, so that the agent's own death in the middle changes nothing.
import { durationMs } from "#shared/duration.ts";
import { isRunning, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { fileDifferences, isEffectDue } from "#shared/reconcile/files/file-differences.ts";
import type { FileDifferences } from "#shared/reconcile/files/file-differences.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import type { Step, StepOf } from "#shared/state/step.ts";
import { fallbackFor, mayGoBack, verdictOn } from "./target.ts";

type End = { readonly until: number; readonly grantedTo?: string | undefined };

/** The step that records a failed trial, when one has failed and there is a way back. */
export function failedTrial(
  context: Context,
  wanted: DesiredContainer,
  slot: Slot,
): StepOf<"recordFailure"> | undefined {
  const { observed, desired } = context;
  if (verdictOn(context, wanted) !== undefined || observed.health.get(wanted.name) === true) return undefined;
  const { current } = slot;
  if (current === undefined || current.specHash !== wanted.specHash || current.startedAt === undefined)
    return undefined;
  const failed =
    slot.old === undefined ? liveTrialFailed(context, wanted, slot) : containerTrialFailed(context, wanted, slot);
  if (!failed) return undefined;
  const before = observed.ledger.verdicts[wanted.name];
  const tries = before?.digest === wanted.digest && before.config === desired.config ? before.tries + 1 : 1;
  const reason = isRunning(current) ? "not healthy in time" : `ended with exit code ${current.exitCode ?? "unknown"}`;
  return {
    kind: "recordFailure",
    subject: wanted.name,
    component: wanted.component,
    cause: reason,
    arguments: {
      id: current.id,
      verdict: { digest: wanted.digest, config: desired.config, state: "failed", reason, at: observed.now, tries },
    },
  };
}

function containerTrialFailed(context: Context, wanted: DesiredContainer, slot: Slot): boolean {
  const { current, old } = slot;
  if (current === undefined || old === undefined || isRunning(old) || old.specHash === wanted.specHash) return false;
  return (
    mayGoBack(wanted, old.image) && context.observed.now >= trialEnd(context, wanted, current, old.finishedAt).until
  );
}

function liveTrialFailed(context: Context, wanted: DesiredContainer, slot: Slot): boolean {
  const { current } = slot;
  if (current === undefined || !isLiveTrial(context, wanted, current)) return false;
  if (fallbackFor(context, wanted, slot) === undefined) return false;
  return context.observed.now >= trialEnd(context, wanted, current, newestLiveFile(context, wanted)).until;
}

/** The changed live files of a running container are in force and it has not been healthy with them yet. */
function isLiveTrial(context: Context, wanted: DesiredContainer, current: ObservedContainer): boolean {
  const { live, blocked } = fileDifferences(wanted, context.observed);
  return live.length + blocked.length === 0 && isUnprovenWith(context, wanted, current, live);
}

/** It worked before, and would be on a live trial after a plan that writes `changed` and does nothing else. */
function isUnprovenWith(
  { observed }: Context,
  wanted: DesiredContainer,
  current: ObservedContainer,
  changed: FileDifferences["live"],
): boolean {
  const proven = observed.ledger.proven[wanted.name];
  if (wanted.live.length === 0 || proven === undefined || proven === wanted.digest) return false;
  return !wanted.live.some((file) =>
    changed.some((item) => item.file.path === file.path)
      ? file.effect === "signal"
      : isEffectDue(file, current, observed),
  );
}

function newestLiveFile({ observed }: Context, wanted: DesiredContainer): number {
  const times = wanted.live
    .map((file) => observed.paths.get(file.path))
    .map((found) => (found?.type === "file" ? found.changedAt : 0));
  return Math.max(0, ...times);
}

/** Deadline from `base`; a restarted agent grants one full deadline more, once for a container and trial. */
function trialEnd(
  context: Context,
  wanted: DesiredContainer,
  current: ObservedContainer,
  base = current.createdAt,
): End {
  const { observed } = context;
  const deadline = durationMs(wanted.probe.deadline);
  const granted = observed.ledger.trials[wanted.name];
  const isKnown = granted?.container === current.id && granted.since >= base && granted.since <= observed.now;
  if (granted !== undefined && isKnown) return { until: granted.since + deadline };
  if (observed.agentStartedAt > base) return { until: observed.now + deadline, grantedTo: current.id };
  return { until: base + deadline };
}

/** True when the trial's deadline is over and the old container may not come back. */
export function isPastReturn(context: Context, desired: DesiredContainer, slot: Slot): boolean {
  const { current, old } = slot;
  if (current === undefined || old === undefined || mayGoBack(desired, old.image)) return false;
  return context.observed.now >= trialEnd(context, desired, current, old.finishedAt).until;
}

/** The wait for a new container; one that already runs gets only what is left of its time. */
export function trialWait(
  context: Context,
  desired: DesiredContainer,
  { slot, started }: { readonly slot: Slot; readonly started: boolean },
  cause: string,
): Step {
  const end =
    started && slot.current !== undefined ? trialEnd(context, desired, slot.current, slot.old?.finishedAt) : {};
  return stepFor("waitHealthy", desired, cause, { probe: desired.probe, digest: desired.digest, ...end });
}

/**
 * The wait of a container that is not healthy and gets `changed` live files without a signal, or the rest of a wait
 * that was cut after they had come into force.
 */
export function liveTrialWait(
  context: Context,
  desired: DesiredContainer,
  current: ObservedContainer,
  changed: FileDifferences["live"],
): Step | undefined {
  if (context.observed.health.get(desired.name) === true || !isUnprovenWith(context, desired, current, changed))
    return undefined;
  if (fallbackFor(context, desired, { current, renamed: false, surplus: [] }) === undefined) return undefined;
  const end = changed.length > 0 ? {} : trialEnd(context, desired, current, newestLiveFile(context, desired));
  return stepFor("waitHealthy", desired, "changed files came into force", {
    probe: desired.probe,
    digest: desired.digest,
    ...end,
  });
}
