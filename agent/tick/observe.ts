// Takes the one snapshot that reconcile sees: one list, an inspect for each of ours, files, probes. Changes nothing.
import type { Engine } from "#agent/engine/engine.ts";
import type { ImageLabels } from "#agent/self/image-labels.ts";
import { lookAtContainers, sortOut } from "./look-at-containers.ts";
import { lookDeadlineMs } from "#agent/self/whose-container.ts";
import { reasonOf } from "#shared/reason-of.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import type { LookAtMounts } from "#agent/files/replaced-mounts.ts";
import { events } from "#agent/facts/steady-times.ts";
import type { SteadyTimes } from "#agent/facts/steady-times.ts";
import { anyHolds, probeOnce } from "#agent/health/probe.ts";
import type { ProbeResult } from "#agent/health/probe.ts";
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import type { ApplierLease } from "#agent/kubernetes/applier-lease.ts";
import type { KnownKinds } from "#agent/kubernetes/object-paths.ts";
import { observeCluster } from "#agent/kubernetes/observe-cluster.ts";
import { observeNode } from "#agent/kubernetes/observe-node.ts";
import { canonical } from "#shared/canonical.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { DesiredContainer, DesiredState } from "#shared/state/desired.ts";
import { isShared } from "#shared/reconcile/disruption/disruption-gate.ts";
import { probesOf } from "#shared/reconcile/disruption/unless-works.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type { ObservedContainer, ObservedState } from "#shared/state/observed.ts";
import { isDone } from "#shared/reconcile/container/has-done-once.ts";
import { pathsInQuestion } from "#shared/reconcile/files/paths-in-question.ts";
import { ailmentText } from "#shared/reconcile/container/ailment.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import { ownValue } from "#shared/own-value.ts";

export type ObserveOptions = {
  readonly engine: Engine;
  readonly imageLabels: ImageLabels;
  readonly times: SteadyTimes;
  readonly lookAtMounts: LookAtMounts;
  readonly tree: HostTree;
  readonly clock: Clock;
  readonly connectKubernetes: ConnectKubernetes;
  readonly applierLease: Pick<ApplierLease, "holderOf">;
  readonly kinds: KnownKinds;
  readonly signal: AbortSignal;
  readonly agentStartedAt: number;
  readonly ledger: Ledger;
  readonly hashKey: string | undefined;
  readonly desired: DesiredState;
  readonly fallback?: DesiredState | undefined;
  /** Images that were there a moment ago, in the same tick; they are not looked for again. */
  readonly images?: ObservedState["images"] | undefined;
};

/** Throws CONFIG_OTHER_CLUSTER when the host belongs to another cluster or host config, ENGINE_*, FILES_UNREADABLE. */
export async function observe(options: ObserveOptions): Promise<ObservedState> {
  const { desired, signal, connectKubernetes } = options;
  const { node, clusterObjects, host } = desired;
  const about = { ...options, host };
  // the engine and the Kubernetes API know nothing of each other
  const [seen, observedNode, cluster] = await Promise.all([
    observeHost(options),
    node === undefined ? undefined : observeNode(connectKubernetes, node, signal),
    clusterObjects === undefined ? undefined : observeCluster({ ...about, desired: clusterObjects }, signal),
  ]);
  return {
    ...seen,
    ...(observedNode === undefined ? {} : { node: observedNode }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

/** All that is on this host. */
async function observeHost(options: ObserveOptions): Promise<ObservedState> {
  const { engine, desired, signal, ledger } = options;
  const listed = sortOut(await engine.list({ signal }), desired);
  const components = listed.ours.map(({ ownership }) => ownership.component);
  const [containers, stamped] = await Promise.all([
    lookAtContainers(listed, options),
    options.tree.observe(pathsInQuestion(options, { ledger, components }), { hashKey: options.hashKey, signal }),
  ]);
  const paths = withSteadyTimes(stamped, options.times);
  const base = {
    now: options.clock.now(),
    agentStartedAt: options.agentStartedAt,
    ...containers,
    replacedMounts: await lookAtMounts(options, containers.containers, paths),
    paths,
    images: new Map(),
    health: new Map(),
    working: new Set(),
    etcd: new Map(),
    preflight: new Map(),
    ledger,
  } satisfies ObservedState;
  const [images, probed] = await Promise.all([lookForImages(options, base), probeAll(options, base)]);
  const health = new Map([...probed.map(({ name, healthy }) => [name, healthy] as const), ...ends(desired, base)]);
  const ailments = new Map(
    probed.flatMap(({ name, healthy, state, reason }) =>
      healthy || state === undefined ? [] : [[name, ailmentText({ name, state, found: reason })] as const],
    ),
  );
  const working = await probeWorking(options, { ...base, health });
  return { ...base, images, health, ailments, working };
}

/** A file's time of change on the line of the containers' times. */
function withSteadyTimes(paths: ObservedState["paths"], times: SteadyTimes): ObservedState["paths"] {
  return new Map(
    [...paths].map(([path, found]) => {
      const stamp = found.type === "file" ? { epochMs: found.changedAt } : undefined;
      return [path, stamp ? { ...found, changedAt: times.of(events.changed(path), stamp) } : found] as const;
    }),
  );
}

/** Of what runs as it shall be; anything else is replaced anyway. */
async function lookAtMounts(
  { desired, signal, lookAtMounts: look }: ObserveOptions,
  containers: readonly ObservedContainer[],
  paths: ObservedState["paths"],
): Promise<ObservedState["replacedMounts"]> {
  const mounted = desired.containers.flatMap((wanted) => {
    const container = containers.find(
      ({ name, specHash, state }) => name === wanted.name && specHash === wanted.specHash && state === "running",
    );
    return container === undefined || wanted.once !== undefined ? [] : [{ container, desired: wanted }];
  });
  return look(mounted, { paths, signal });
}

/** Images are looked at only when a container may have to be made. */
async function lookForImages(options: ObserveOptions, base: ObservedState): Promise<ObservedState["images"]> {
  const { engine, desired, fallback, signal, images: known } = options;
  const needed = [...desired.containers, ...(fallback?.containers ?? [])].filter((container) =>
    mayBeMade(base, desired, container),
  );
  const references = [...new Set(needed.map((container) => container.spec.image))].toSorted();
  const found = await Promise.all(
    references.map(async (image) => {
      const there = known?.get(image) === true || (await isImageThere(engine, image, signal));
      return [image, there] as const;
    }),
  );
  return new Map(found);
}

/** What the engine cannot say of one image is for that image's containers to wait for. */
export async function isImageThere(
  engine: Engine,
  image: string,
  signal: AbortSignal,
): Promise<boolean | { readonly unknown: string }> {
  try {
    return (await engine.inspectImage(image, { signal, deadlineMs: lookDeadlineMs })) !== undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!isFlexkubeError(error)) throw error;
    return { unknown: reasonOf(error) };
  }
}

function mayBeMade(base: ObservedState, desired: DesiredState, container: DesiredContainer): boolean {
  if (!desired.containers.some((wanted) => wanted.name === container.name)) return false;
  const { current } = slotOf(base, container.name, container.specHash);
  if (desired.containers.includes(container))
    return current?.specHash !== container.specHash || !isKept(container, current);
  // a fallback is made anew only when nothing of it is left
  return ownValue(base.ledger.verdicts, container.name) !== undefined;
}

/** Nothing but a start can be needed of one that runs, or that runs to its end and has ended. */
function isKept({ once }: DesiredContainer, current: ObservedContainer): boolean {
  return current.state === "running" || (once !== undefined && current.state === "exited");
}

/** Of one that is not there no state is known. */
type Probed = ProbeResult & { readonly name: string; readonly state?: string | undefined };

async function probeAll(options: ObserveOptions, base: ObservedState): Promise<readonly Probed[]> {
  const { desired, clock, signal } = options;
  return Promise.all(
    desired.containers
      .filter(({ once }) => once === undefined)
      .map(async (container) => {
        const { current } = slotOf(base, container.name, container.specHash);
        return {
          name: container.name,
          state: current?.state,
          ...(await probeOnce(container.probe, current, { clock, signal })),
        };
      }),
  );
}

/** What others stand in for, of the config before too: what is to be removed may be missed. */
function sharedOf({ desired, fallback }: ObserveOptions): readonly DesiredContainer[] {
  const gone = (fallback?.containers ?? []).filter(
    (before) => !desired.containers.some((container) => container.name === before.name),
  );
  return [...desired.containers, ...gone].filter(isShared);
}

/**
 * Of what others stand in for: the running containers that work, each by the probe of the config it was made from. One
 * that stands by, or that answers where it was asked to before, is missed if it stops.
 */
async function probeWorking(options: ObserveOptions, base: ObservedState): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    sharedOf(options).flatMap((wanted) => {
      const { current } = slotOf(base, wanted.name, wanted.specHash);
      return base.containers
        .filter(({ container, state }) => container === wanted.name && state === "running")
        .map(async (container) => {
          const probes = probesOf(container, wanted, options.fallback);
          const isProbed =
            base.health.has(wanted.name) &&
            container === current &&
            probes.every((probe) => canonical(probe) === canonical(wanted.probe));
          const works = isProbed ? base.health.get(wanted.name) === true : await anyHolds(probes, container, options);
          return works ? [container.id] : [];
        });
    }),
  );
  return new Set(found.flat());
}

/** What runs to its end is healthy when it has ended and all that it makes is there. */
function ends(desired: DesiredState, seen: ObservedState): ReadonlyMap<string, boolean> {
  return new Map(
    desired.containers
      .filter(({ once }) => once !== undefined)
      .map((container) => {
        const { current } = slotOf(seen, container.name, container.specHash);
        return [container.name, isDone(container, current, seen)];
      }),
  );
}
