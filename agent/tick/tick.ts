// One tick: load, observe, reconcile, and if something differs take the lock, look again, execute, report.
import type { Logger } from "pino";
import { createHeldLock } from "#agent/disruption/held-lock.ts";
import type { HeldLock } from "#agent/disruption/held-lock.ts";
import { createDeathWatch } from "#agent/effects/deaths.ts";
import type { DeathWatch, ListenToDeaths } from "#agent/effects/deaths.ts";
import { executePlan } from "#agent/execute/execute-plan.ts";
import type { Execution } from "#agent/execute/execute-plan.ts";
import type { Effects, ImageSources, Ports } from "#agent/effects/effects.ts";
import { clearStaleLock, lockName, takeLock } from "#agent/execute/lock.ts";
import type { Lock } from "#agent/execute/lock.ts";
import type { Holder } from "#agent/self/holder.ts";
import type { FindSnapshot } from "#agent/restore/find-snapshot.ts";
import type { WatchFirewall } from "#agent/firewall/firewall-watch.ts";
import type { LookAtMounts } from "#agent/files/replaced-mounts.ts";
import type { ImageLabels } from "#agent/self/image-labels.ts";
import type { Progress } from "./tick-progress.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { reachedPorts } from "#shared/components/component-table.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { isInCluster } from "#shared/state/cluster-components.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import { withoutUnproven } from "#shared/simulate/unproven.ts";
import type { Plan } from "#shared/state/step.ts";
import { deliveredBy } from "./guard-config.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import type { LookAtHost, Looks } from "./gather-evidence.ts";
import { isAllProven, settledLedger } from "./keep-ledger.ts";
import type { Loaded } from "./load-config.ts";
import type { TickFacts } from "./make-report.ts";
import { isImageThere, observe } from "./observe.ts";
import { stepTraits } from "#shared/state/step-traits.ts";

/** What lives as long as the process. */
export type Agent = Ports & {
  readonly imageLabels: ImageLabels;
  readonly lookAtMounts: LookAtMounts;
  readonly state: StateStore;
  readonly load: (signal: AbortSignal) => Promise<Loaded>;
  /** Image id of the agent; found once, when it is first needed. */
  readonly selfImage: () => Promise<string>;
  readonly lookAtHost: LookAtHost;
  readonly findSnapshot: FindSnapshot;
  readonly watchFirewall: WatchFirewall;
  readonly holder: Holder;
  readonly startedAt: number;
  readonly imageSources: (loaded: Loaded) => ImageSources;
  /** Aborts when the container with this id is destroyed; a lock that vanishes stops the plan. */
  readonly whenDestroyed: (id: string) => { readonly signal: AbortSignal; readonly forget: () => void };
  readonly listenToDeaths: ListenToDeaths;
};

export type Tick = TickFacts & { readonly executions: readonly Execution[] };

/** Plans within one tick: a replacement, the return from it, and what that leaves. */
const roundsPerTick = 6;

/** What the host is and what would be done; changes nothing. */
export async function look(
  agent: Agent,
  loaded: Loaded,
  { signal, images }: { readonly signal: AbortSignal; readonly images?: ObservedState["images"] | undefined },
): Promise<{ readonly observed: ObservedState; readonly plan: Plan }> {
  const { desired, fallback, config } = loaded;
  const observed = await observe({
    ...agent,
    signal,
    images,
    agentStartedAt: agent.startedAt,
    ledger: agent.ledger.read(),
    hashKey: config.secrets["hash-key"],
    desired,
    fallback,
  });
  const plan = reconcile({ desired, fallback }, observed);
  const hasImage: Looks["hasImage"] = async (image) =>
    images?.get(image) ?? (await isImageThere(agent.engine, image, signal));
  const { lookAtHost, disruption, findSnapshot } = agent;
  const looks = { lookAtHost, disruption, findSnapshot, hasImage };
  const [evidence, firewall] = await Promise.all([
    gatherEvidence(looks, { desired, fallback, observed, plan }, signal),
    lookAtFirewall(agent, loaded, { plan, signal }),
  ]);
  if (evidence === undefined && firewall.length === 0) return { observed, plan };
  const known = { ...(evidence ?? observed), firewall };
  return { observed: known, plan: reconcile({ desired, fallback }, known) };
}

/** What keeps other hosts of the cluster from this one; a reset leaves nothing that they would reach. */
async function lookAtFirewall(
  { watchFirewall }: Agent,
  { config, desired }: Loaded,
  { plan, signal }: { readonly plan: Plan; readonly signal: AbortSignal },
): Promise<readonly PreflightFinding[]> {
  const { cluster, host } = desired;
  const ports = desired.containers.length === 0 ? [] : reachedPorts(config);
  return watchFirewall({ cluster, host, ports }, { isWell: plan.steps.length + plan.blocked.length === 0, signal });
}

/** Brings the host to what its config asks for, as far as that goes now. Throws what keeps it from planning at all. */
export async function tick(agent: Agent, signal: AbortSignal, progress?: Progress): Promise<Tick> {
  const loaded = await agent.load(signal);
  await agent.ledger.refresh?.();
  const done = await tickWith(agent, loaded, { signal, progress });
  return loaded.unkept === undefined ? done : { ...done, result: "failed", error: done.error ?? loaded.unkept };
}

type Running = { readonly signal: AbortSignal; readonly progress: Progress | undefined };

async function tickWith(agent: Agent, loaded: Loaded, running: Running): Promise<Tick> {
  const { signal } = running;
  const seen = await look(agent, loaded, { signal });
  const hasLock = seen.observed.foreign.some((container) => container.name === lockName);
  const isCandidate = seen.observed.cluster?.state === "here" || seen.observed.cluster?.state === "outdated";
  if (seen.plan.steps.length === 0 && isCandidate) await campaign(agent, loaded, signal);
  if (seen.plan.steps.length === 0 && !hasLock) return settled(agent, loaded, seen);
  const { cluster, host } = loaded.config;
  const options = { ...agent, selfImage: await agent.selfImage(), cluster, host, nonce: agent.nonce() };
  if (seen.plan.steps.length === 0) {
    await clearStaleLock(options);
    return settled(agent, loaded, seen);
  }
  const lock = await takeLock(options);
  const watch = agent.whenDestroyed(lock.id);
  try {
    return await applyLocked(agent, loaded, { ...running, lost: watch.signal, images: seen.observed.images });
  } finally {
    watch.forget();
    await release(lock, watch.signal, agent.log);
  }
}

/** One that cannot be released is our own, and the next tick takes it over. */
async function release(lock: Lock, lost: AbortSignal, log: Logger): Promise<void> {
  if (lost.aborted) return;
  try {
    await lock.release();
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    log.warn({ lock: lock.id, err: error, details: error.details }, "the lock cannot be released");
  }
}

type Locked = Running & {
  /** The host's lock has vanished. */
  readonly lost: AbortSignal;
  /** What the look before the lock has found. */
  readonly images: ObservedState["images"];
};

async function applyLocked(agent: Agent, loaded: Loaded, locked: Locked): Promise<Tick> {
  const signal = AbortSignal.any([locked.signal, locked.lost]);
  const { desired, fallback } = loaded;
  const held = createHeldLock({ ...agent, desired, fallback, signal });
  const deaths = createDeathWatch({ ...agent, listen: agent.listenToDeaths, desired });
  try {
    return await applyPlans(agent, loaded, { ...locked, signal, held, deaths });
  } finally {
    deaths.forget();
    await held?.close();
  }
}

type Applying = Locked & { readonly held: HeldLock | undefined; readonly deaths: DeathWatch };

async function applyPlans(agent: Agent, loaded: Loaded, applying: Applying): Promise<Tick> {
  const { signal, lost, images } = applying;
  const executions: Execution[] = [];
  let resting: ReadonlySet<string> = new Set();
  for (let round = 1; ; round++) {
    // in each: the API may have come up since
    await campaign(agent, loaded, signal);
    applying.deaths.begin();
    const seen = await look(agent, loaded, { signal, images });
    await beginLedger(agent, seen.observed);
    if (seen.plan.steps.length === 0) {
      const end = await settled(agent, loaded, seen);
      return { ...end, result: resultOf(executions, end.result), error: firstError(executions), executions };
    }
    const effects = await effectsFor(agent, loaded, applying);
    const progress = applying.progress?.of({ loaded, ...seen });
    const execution = await executePlan(seen.plan, { ...effects, progress }, resting);
    executions.push(execution);
    ({ resting } = execution);
    if (lost.aborted)
      throw new FlexkubeError(
        "STEP_LOCK_LOST",
        "the lock was removed while a plan was under way; the plan was stopped",
        { holder: agent.holder.id },
      );
    if (execution.again && round < roundsPerTick) continue;
    const reached = withoutUnproven(simulate(seen.observed, execution.done), execution.done);
    const observed = { ...reached, ledger: agent.ledger.read() };
    // what is blocked may still need what only the config before knows
    const onHost = [
      // a leftover that cannot be removed tells nothing about a config
      ...execution.failures.flatMap(({ step }) => (stepTraits[step.kind].place === "leftover" ? [] : [step])),
      ...seen.plan.blocked,
    ].filter(({ component }) => !isInCluster(component));
    if (onHost.length === 0 && !execution.aborted) await keepIfProven(agent, loaded);
    return {
      result: resultOf(executions, "changed"),
      loaded,
      observed,
      plan: seen.plan,
      error: firstError(executions),
      executions,
    };
  }
}

/**
 * Asks for the right to apply the objects of the cluster, or for more time. An API that does not answer is for the
 * next look to tell.
 */
async function campaign({ applierLease, log }: Agent, { desired }: Loaded, signal: AbortSignal): Promise<void> {
  const { clusterObjects, host } = desired;
  if (clusterObjects === undefined) return;
  try {
    await applierLease.campaign(clusterObjects.api, { host, generation: clusterObjects.generation }, signal);
  } catch (error) {
    if (!isFlexkubeError(error) || !error.code.startsWith("KUBERNETES_")) throw error;
    log.debug({ err: error, details: error.details }, "no campaign for the lease of the applier");
  }
}

/** On a host with nothing of ours an empty ledger knows everything. */
async function beginLedger({ ledger }: Agent, observed: ObservedState): Promise<void> {
  if (!ledger.read().known && observed.containers.length + observed.unknownContainers.length === 0)
    await ledger.write({ ...ledger.read(), known: true });
}

async function effectsFor(agent: Agent, loaded: Loaded, { signal, held, deaths }: Applying): Promise<Effects> {
  return {
    ...agent,
    signal,
    selfImage: await agent.selfImage(),
    images: agent.imageSources(loaded),
    desired: loaded.desired,
    delivered: loaded.record && deliveredBy(loaded.record),
    hashKey: loaded.config.secrets["hash-key"],
    held,
    deaths,
  };
}

async function settled(
  agent: Agent,
  loaded: Loaded,
  seen: { readonly observed: ObservedState; readonly plan: Plan },
): Promise<Tick> {
  if (seen.plan.blocked.every(({ component }) => isInCluster(component))) {
    await agent.ledger.write({
      ...settledLedger(agent.ledger.read(), loaded.desired, seen.observed),
      delivery: loaded.record,
    });
    await keepIfProven(agent, loaded);
  }
  return { result: seen.plan.blocked.length === 0 ? "settled" : "failed", loaded, ...seen, executions: [] };
}

/** A config whose every component works is the one to go back to; a reset has no text of its own. */
async function keepIfProven(agent: Agent, loaded: Loaded): Promise<void> {
  if (loaded.text === "" || loaded.lastGoodText === loaded.text || !isAllProven(agent.ledger.read(), loaded.desired))
    return;
  try {
    await agent.state.writeConfig("last-good", loaded.text);
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
    agent.log.warn({ err: error, details: error.details }, "the last good config cannot be kept");
  }
}

function resultOf(executions: readonly Execution[], end: Tick["result"]): Tick["result"] {
  const last = executions.at(-1);
  if (last !== undefined && last.failures.length + last.resting.size > 0) return "failed";
  if (end === "failed") return "failed";
  return executions.length > 0 ? "changed" : end;
}

function firstError(executions: readonly Execution[]): Error | undefined {
  const last = executions.at(-1);
  const told = last?.failures.length === 0 && last.resting.size > 0 ? executions : executions.slice(-1);
  return told.findLast(({ failures }) => failures.length > 0)?.failures[0]?.error;
}
