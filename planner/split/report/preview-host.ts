// What the agent of a host will do with a new host config when the host is as the old one asked.
import { expand } from "#shared/expand/expand.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import { sectorBytes, tailBytes } from "#shared/backup/snapshot-digest.ts";
import type { EtcdEvidence, ObservedState, SnapshotSeen } from "#shared/state/observed.ts";
import { planLines } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { allHaveIt, emptyState, nobodyHolds, settledState } from "#shared/simulate/settled-state.ts";
import type { Plan } from "#shared/state/step.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { stepTraits } from "#shared/state/step-traits.ts";

/** What only the host knows. The plan's lines are the same with other facts, but for the container that rests on them. */
export const assumedFacts: HostFacts = {
  cri: "containerd",
  cgroupVersion: 2,
  cgroupDriver: "systemd",
  resolver: "plain",
};

/** The plan's lines; without an old config the host is taken for empty. `now` is in epoch milliseconds. */
export function previewHost(config: HostConfig, old: HostConfig | undefined, now: number): readonly string[] {
  return planLines(previewPlan(config, old, now));
}

/** The same as a plan. */
export function previewPlan(config: HostConfig, old: HostConfig | undefined, now: number): Plan {
  const desired = expand(config, assumedFacts);
  // what the agent knows too: it says by the config before what has changed
  const fallback = old === undefined ? undefined : expand(old, assumedFacts);
  const observed = fallback === undefined ? emptyState(now) : settledState(fallback, now);
  return withNote(reconcile({ desired, fallback }, asSeen(observed, desired)));
}

/** Each host that has the objects of the cluster would apply them, so each preview says that only one does. */
function withNote(plan: Plan): Plan {
  const isAbout = plan.steps.some(({ kind }) => stepTraits[kind].place === "objects");
  return isAbout ? { ...plan, notes: ["one of the hosts that have these objects of the cluster does this"] } : plan;
}

/** New images have to be fetched; a member that is new on its host asks peers, and none answers yet. */
function asSeen(observed: ObservedState, desired: DesiredState): ObservedState {
  const { containers } = desired;
  const silent = containers.flatMap(({ name, etcd }): readonly (readonly [string, EtcdEvidence])[] =>
    etcd === undefined || observed.etcd.has(name)
      ? []
      : [[name, { peers: new Map(etcd.peers.map((peer) => [peer.name, undefined])), healthy: [] }]],
  );
  const images = containers.map(({ spec }) => [spec.image, observed.images.get(spec.image) ?? false] as const);
  return {
    ...observed,
    disruption: nobodyHolds(desired),
    apiServers: allHaveIt(desired),
    etcd: new Map([...observed.etcd, ...silent]),
    images: new Map([...observed.images, ...images]),
    etcdSnapshots: snapshotsThere(desired),
  };
}

/** Whoever restores has put the snapshot there, or will: the agent waits for it. */
function snapshotsThere({ containers }: DesiredState): ReadonlyMap<string, SnapshotSeen> {
  const found = containers.flatMap(({ name, etcd }) => {
    const directory = etcd?.restore?.directories.at(-1);
    if (directory === undefined) return [];
    const snapshot = { path: `${directory}/…`, bytes: sectorBytes + tailBytes, freeBytes: Number.MAX_SAFE_INTEGER };
    return [[name, snapshot] as const];
  });
  return new Map(found);
}
