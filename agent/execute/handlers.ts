// What each kind of step does: what the step says, and nothing else. The table is derived from the step map,
// so a kind without a handler does not compile.
import { ownershipLabels } from "#agent/engine/labels.ts";
import { commitFiles } from "#agent/files/commit-files.ts";
import { giveDirectories } from "#agent/files/give-directories.ts";
import type { ProbedContainer, ProbeResult } from "#agent/health/probe.ts";
import { waitEnded } from "#agent/health/wait-ended.ts";
import { waitHealthy } from "#agent/health/wait-healthy.ts";
import { applyManifest } from "./cluster/apply-manifest.ts";
import { patchNode } from "./cluster/patch-node.ts";
import { pruneObjects } from "./cluster/prune-objects.ts";
import { finishRelease, installRelease, uninstallRelease } from "./cluster/release-steps.ts";
import { durationMs } from "#shared/duration.ts";
import { events, steadyTimesOf } from "#agent/facts/steady-times.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { StepKind, StepOf } from "#shared/state/step.ts";
import { ledgerAfterLook, writtenPaths } from "#shared/reconcile/files/unheld.ts";
import { checkFiles } from "./try-files.ts";
import { checkDisruption, freeDisruption, takeDisruption } from "./disruption-steps.ts";
import type { Effects } from "#agent/effects/effects.ts";
import { fetchImage } from "./fetch-image.ts";
import { lastWords } from "./last-words.ts";
import { missingParents } from "./missing-parents.ts";
import { mendHost } from "./mend-host.ts";
import { restoreData, swapData } from "./restore-steps.ts";
import { untilADeath } from "./until-a-death.ts";
import { ledgerBefore } from "#shared/reconcile/ledger/ledger-after.ts";
import { keep, remember } from "#agent/effects/remember.ts";

/** A start or a stop may take as long as the engine needs for a large container. */
const callDeadlineMs = 120_000;

/** Nothing waits for a leftover; one that writes to a dead file system cannot be removed. */
const helperDeadlineMs = 10_000;

type Handlers = {
  readonly [Kind in StepKind]: (step: StepOf<Kind>, effects: Effects, ids: Map<string, string>) => Promise<void>;
};

/** `ids` holds what the plan has created so far, by container name. */
export const handlers: Handlers = {
  removeHelper: async (step, { engine }) => engine.remove(step.arguments.id, { deadlineMs: helperDeadlineMs }),
  // an image may take half an hour
  fetchImage: async ({ subject, arguments: { image } }, effects) =>
    untilADeath(subject, effects, async (either) => fetchImage(image, { ...effects, signal: either })),
  commitFiles: commit,
  giveDirectories: async (step, effects) =>
    giveDirectories(step.arguments.directories, {
      ...effects,
      cluster: effects.desired.cluster,
      host: effects.desired.host,
      nonce: effects.nonce(),
    }),
  restoreData,
  swapData,
  renameContainer: async (step, { engine }) => engine.rename(step.arguments.id, step.arguments.to),
  updateContainer: async (step, { engine }) => {
    const { id, restart, resources } = step.arguments;
    await engine.update(id, { restart, resources });
  },
  createContainer: create,
  startContainer: start,
  stopContainer: async (step, effects) => {
    await checkDisruption(step, effects);
    const { engine, record } = effects;
    const { id, timeoutSeconds } = step.arguments;
    effects.times.begin(events.finished(id));
    await effects.runs.act(id, "stop");
    await engine.stop(id, timeoutSeconds, { deadlineMs: callDeadlineMs + timeoutSeconds * 1000 });
    await record({ kind: "stopped", component: step.component, container: step.subject, cause: step.cause });
  },
  removeContainer: async (step, { engine, record }) => {
    await engine.remove(step.arguments.id, { deadlineMs: callDeadlineMs });
    await record({ kind: "removed", component: step.component, container: step.subject, cause: step.cause });
  },
  mendHost,
  checkFiles,
  signalContainer: signal,
  waitHealthy: wait,
  takeDisruption,
  freeDisruption,
  patchNode,
  applyManifest,
  pruneObjects,
  installRelease,
  uninstallRelease,
  finishRelease,
  recordFailure,
  settleVerdict: settle,
};

async function commit(step: StepOf<"commitFiles">, effects: Effects): Promise<void> {
  const { ledger, desired, tree, hashKey, signal: abort } = effects;
  const parents = await missingParents(step.arguments, tree, abort);
  await ledger.write(ledgerBefore(ledger.read(), step, { now: effects.clock.now(), parents }));
  for (const { path } of [...step.arguments.fresh, ...step.arguments.replaced])
    effects.times.begin(events.changed(path));
  await commitFiles(step.arguments, {
    ...effects,
    cluster: desired.cluster,
    host: desired.host,
    nonce: effects.nonce(),
  });
  if (step.arguments.removed.length + step.arguments.replaced.length > 0) await remember(step, effects);
  const paths = await tree.observe(writtenPaths(step.arguments), { hashKey, signal: abort });
  await ledger.write(ledgerAfterLook(ledger.read(), step.arguments, { paths, config: desired.config }));
}

async function create(step: StepOf<"createContainer">, effects: Effects, ids: Map<string, string>): Promise<void> {
  const { spec, specHash, restart, resources, startArgs, start: decision, facts } = step.arguments;
  const { cluster, host } = effects.desired;
  const labels = ownershipLabels({
    cluster,
    host,
    component: step.component,
    container: step.subject,
    specHash,
    start: decision,
    facts,
    delivered: effects.delivered,
  });
  const request = { name: step.subject, spec, startArgs, labels, restart, resources };
  ids.set(step.subject, await effects.engine.create(request, { deadlineMs: callDeadlineMs }));
}

async function start(step: StepOf<"startContainer">, effects: Effects, ids: Map<string, string>): Promise<void> {
  const id = step.arguments.id ?? ids.get(step.subject);
  if (id === undefined)
    throw new FlexkubeError("INTERNAL_BUG", "a start has no container to start", { reason: step.subject });
  effects.times.begin(events.started(id));
  await effects.runs.act(id, "start");
  await effects.engine.start(id, { deadlineMs: callDeadlineMs });
  await effects.record({ kind: "started", component: step.component, container: step.subject, cause: step.cause });
}

async function signal(step: StepOf<"signalContainer">, effects: Effects): Promise<void> {
  const { id, signal: name } = step.arguments;
  await effects.engine.kill(id, name);
  await remember(step, effects);
  await effects.record({
    kind: "signalled",
    component: step.component,
    container: step.subject,
    cause: `${name}: ${step.cause}`,
  });
}

async function wait(step: StepOf<"waitHealthy">, effects: Effects): Promise<void> {
  const { probe, until } = step.arguments;
  const begun = effects.clock.now();
  await keep(ledgerBefore(effects.ledger.read(), step, { now: begun }), effects);
  const result = await outcome(step, effects, until ?? begun + durationMs(probe.deadline));
  if (!result.healthy) {
    const seen = step.arguments.once === undefined ? {} : await lastWords(step.subject, effects);
    await effects.record({
      kind: "unhealthy",
      component: step.component,
      container: step.subject,
      cause: result.reason,
      ...seen,
    });
    throw new FlexkubeError("STEP_UNHEALTHY", "a container did not become healthy", {
      container: step.subject,
      reason: result.reason,
    });
  }
  await remember(step, effects);
}

async function outcome(step: StepOf<"waitHealthy">, effects: Effects, deadlineAt: number): Promise<ProbeResult> {
  const { engine, tree, clock, signal: abort } = effects;
  const { probe, once } = step.arguments;
  if (once === undefined) return healthy(step, effects, deadlineAt);
  const until = { deadlineAt, clock, signal: abort };
  const intervalMs = durationMs(probe.interval);
  return waitEnded({ engine, tree, container: step.subject, rule: once, intervalMs, ...until });
}

/** Throws STEP_CUT_SHORT as soon as another container of ours is dead: its repair must not wait for this one's probe. */
async function healthy(
  { subject, arguments: { probe } }: StepOf<"waitHealthy">,
  effects: Effects,
  deadlineAt: number,
): Promise<ProbeResult> {
  const { engine, clock, progress, times } = effects;
  return untilADeath(subject, effects, async (either) => {
    const look = async (): Promise<ProbedContainer> => {
      progress?.detail("");
      const details = await engine.inspect(subject, { signal: either });
      return { ...details, ...steadyTimesOf(details, times) };
    };
    return waitHealthy({ probe, look, deadlineAt, clock, signal: either });
  });
}

async function recordFailure(step: StepOf<"recordFailure">, effects: Effects): Promise<void> {
  const { id, verdict } = step.arguments;
  const seen = id === undefined ? {} : await lastWords(id, effects);
  await effects.record({
    kind: "failed",
    component: step.component,
    container: step.subject,
    cause: verdict.reason,
    ...seen,
  });
  await remember(step, effects);
}

async function settle(step: StepOf<"settleVerdict">, effects: Effects): Promise<void> {
  const { verdict } = step.arguments;
  await remember(step, effects);
  if (verdict !== undefined && verdict.state !== "failed")
    await effects.record({
      kind: verdict.state,
      component: step.component,
      container: step.subject,
      cause: verdict.reason,
    });
}
