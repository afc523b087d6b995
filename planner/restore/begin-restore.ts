// A restore of etcd as it will stand in the planner's state: its number, the id of the cluster that begins with it, who is lost.
import { restoredClusterId } from "#shared/expand/components/etcd.ts";
import type { EtcdState, PlannerState, RestoreState } from "#shared/schema/planner-state.ts";
import { utcText } from "#shared/utc-text.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { restoreInForce, tokenOf } from "#planner/cluster/etcd-restore.ts";
import type { FormerPlace } from "#planner/cluster/etcd-state.ts";

export type BeginRestore = {
  readonly cluster: Pick<Cluster, "config" | "members">;
  readonly sha256: string;
  readonly lost: readonly FormerPlace[];
  /** The same snapshot is to be restored once more. */
  readonly again: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
};

export type Begun = {
  readonly state: PlannerState;
  readonly restore: RestoreState;
  /** It is the one in force: nothing is begun. */
  readonly isRepeated: boolean;
};

/** The same snapshot for the same members is the same restore unless it is wanted again, so a run that was killed is typed once more. */
export function beginRestore(state: PlannerState, { cluster, sha256, lost, again, now }: BeginRestore): Begun {
  const last = restoreInForce(state.restores);
  const as = (number: number): RestoreState => {
    const restore = { number, sha256, clusterId: "", open: true, lost: [...lost], at: utcText(now) };
    return { ...restore, clusterId: clusterIdOf(cluster, restore) };
  };
  if (last !== undefined && !again && isSame(last, as(last.number))) return { state, restore: last, isRepeated: true };
  const restore = as((last?.number ?? 0) + 1);
  const restores = [...(state.restores ?? []), restore];
  return { state: { ...state, bootstrapped: true, restores }, restore, isRepeated: false };
}

function clusterIdOf({ config, members }: BeginRestore["cluster"], restore: RestoreState): string {
  return restoredClusterId(tokenOf(config, restore), Object.values(members));
}

/** The id tells the members too. */
function isSame(a: RestoreState, b: RestoreState): boolean {
  return a.sha256 === b.sha256 && a.clusterId === b.clusterId && lostText(a.lost) === lostText(b.lost);
}

function lostText(lost: NonNullable<EtcdState["former"]>): string {
  return lost
    .map(({ name, address, peerPort }) => `${name} ${address} ${peerPort}`)
    .toSorted()
    .join();
}
