// One tick: load, observe, reconcile, and if something differs take the lock, look again, execute, report.
import type { Log } from "#agent/log/round-log.ts";
import { createHeldLock } from "#agent/disruption/held-lock.ts";
import type { HeldLock } from "#agent/disruption/held-lock.ts";
import { createDeathWatch } from "#agent/effects/deaths.ts";
import type { DeathWatch, ListenToDeaths } from "#agent/effects/deaths.ts";
import { componentsIn, executePlan } from "#agent/execute/execute-plan.ts";
import type { Execution } from "#agent/execute/execute-plan.ts";
import type { Effects, ImageSources, Ports } from "#agent/effects/effects.ts";
import { firstError, resultOf } from "#agent/execute/result-of-plans.ts";
import { campaign } from "#agent/kubernetes/campaign.ts";
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

/** What a plan is made of. */
export type Looked = Loaded & { readonly observed: ObservedState; readonly plan: Plan };

export type TickExtras = {
  readonly progress?: Progress | undefined;
  /**
   * Set for a plan that somebody has agreed to: throws for any other, before anything is changed. Then the steps of that plan are done and no
   * others, but for what a step that failed calls for in its own component, such as the way back.
   */
  readonly accept?: ((looked: Looked) => void) | undefined;
  /** How long another agent of this host is waited for; without it the lock is asked for once. */
  readonly lockTimeoutMs?: number | undefined;
};

/** Brings the host to what its config asks for, as far as that goes now. Throws what keeps it from planning at all. */
export async function tick(agent: Agent, signal: AbortSignal, extras: TickExtras = {}): Promise<Tick> {
  const loaded = await agent.load(signal);
  await agent.ledger.refresh?.();
  const done = await tickWith(agent, loaded, { signal, ...extras });
  return loaded.unkept === undefined ? done : { ...done, result: "failed", error: done.error ?? loaded.unkept };
}

type Running = TickExtras & { readonly signal: AbortSignal };

async function tickWith(agent: Agent, loaded: Loaded, running: Running): Promise<Tick> {
  const { signal, accept } = running;
  const seen = await look(agent, loaded, { signal });
  accept?.({ ...loaded, ...seen });
  await agent.runs.see(seen.observed, onceIn(loaded));
  const hasLock = seen.observed.foreign.some((container) => container.name === lockName);
  const isCandidate = seen.observed.cluster?.state === "here" || seen.observed.cluster?.state === "outdated";
  if (seen.plan.steps.length === 0 && isCandidate) await campaign(agent, loaded.desired, signal);
  if (seen.plan.steps.length === 0 && !hasLock) return settled(agent, loaded, seen);
  const { cluster, host } = loaded.config;
  const options = { ...agent, ...running, selfImage: await agent.selfImage(), cluster, host, nonce: agent.nonce() };
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

/** Names of containers that run to their end. */
function onceIn({ desired, fallback }: Loaded): ReadonlySet<string> {
  const all = [...desired.containers, ...(fallback?.containers ?? [])];
  return new Set(all.filter(({ once }) => once !== undefined).map(({ name }) => name));
}

/** One that cannot be released is our own, and the next tick takes it over. */
async function release(lock: Lock, lost: AbortSignal, log: Log): Promise<void> {
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
  const { signal, lost, images, accept } = applying;
  const executions: Execution[] = [];
  let resting: ReadonlySet<string> = new Set();
  let mayGoBack: ReadonlySet<string> | undefined;
  for (let round = 1; ; round++) {
    // in each: the API may have come up since
    await campaign(agent, loaded.desired, signal);
    applying.deaths.begin();
    const seen = await look(agent, loaded, { signal, images });
    if (round === 1) accept?.({ ...loaded, ...seen });
    await beginLedger(agent, seen.observed);
    if (seen.plan.steps.length === 0) {
      const end = await settled(agent, loaded, seen);
      return { ...end, result: resultOf(executions, end.result), error: firstError(executions), executions };
    }
    const effects = await effectsFor(agent, loaded, applying);
    const progress = applying.progress?.of({ loaded, ...seen });
    if (mayGoBack !== undefined) resting = new Set([...resting, ...othersThan(mayGoBack, seen.plan)]);
    const execution = await executePlan(seen.plan, { ...effects, progress }, resting);
    executions.push(execution);
    ({ resting } = execution);
    if (accept !== undefined) mayGoBack = execution.stopped;
    if (lost.aborted)
      throw new FlexkubeError(
        "STEP_LOCK_LOST",
        "the lock was removed while a plan was under way; the plan was stopped",
        { holder: agent.holder.id },
      );
    if (execution.again && round < roundsPerTick) continue;
    return ended(agent, loaded, { seen, execution, executions });
  }
}

type Ended = {
  readonly seen: { readonly observed: ObservedState; readonly plan: Plan };
  readonly execution: Execution;
  /** The last one too. */
  readonly executions: readonly Execution[];
};

async function ended(agent: Agent, loaded: Loaded, { seen, execution, executions }: Ended): Promise<Tick> {
  const { plan } = seen;
  const reached = withoutUnproven(simulate(seen.observed, execution.done), execution.done);
  const observed = { ...reached, ledger: agent.ledger.read() };
  // what is blocked may still need what only the config before knows
  const onHost = [
    // a leftover that cannot be removed tells nothing about a config
    ...execution.failures.flatMap(({ step }) => (stepTraits[step.kind].place === "leftover" ? [] : [step])),
    ...plan.blocked,
  ].filter(({ component }) => !isInCluster(component));
  if (onHost.length === 0 && !execution.aborted) await keepIfProven(agent, loaded);
  const result = resultOf(executions, "changed");
  return { result, loaded, observed, plan, error: firstError(executions), executions };
}

function othersThan(components: ReadonlySet<string>, plan: Plan): readonly string[] {
  return componentsIn(plan).filter((component) => !components.has(component));
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
