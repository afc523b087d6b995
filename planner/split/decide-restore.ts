// Whether a snapshot may be restored with this split, and the state that the split then begins with. Pure.
import type { Problem } from "#shared/errors.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { problemOf } from "#shared/document/finding.ts";
import type { EtcdState, PlannerState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import type { FormerPlace } from "#planner/cluster/etcd-state.ts";
import { etcdStateAfter, placesLeft } from "#planner/cluster/etcd-state.ts";
import type { Begun } from "#planner/restore/begin-restore.ts";
import { beginRestore } from "#planner/restore/begin-restore.ts";
import { judgePlaces } from "#planner/restore/judge-places.ts";
import { judgeSnapshot } from "#planner/restore/judge-snapshot.ts";
import type { RestoreWish } from "#planner/restore/restore-wish.ts";
import type { LoadedCluster } from "./read/load-cluster.ts";

export type DecideRestore = {
  readonly wish: RestoreWish;
  readonly state: PlannerState;
  /** As splits before left it. */
  readonly etcd: EtcdState | undefined;
  /** The cluster config's file as it was typed. */
  readonly file: string;
  /** Epoch milliseconds. */
  readonly now: number;
};

export type DecidedRestore = Begun & { readonly wish: RestoreWish; readonly warnings: readonly Problem[] };

/** Throws CONFIG_INVALID with all that stands in the way. */
export function decideRestore(loaded: LoadedCluster, { wish, state, etcd, file, now }: DecideRestore): DecidedRestore {
  const { config, source } = loaded;
  if (loaded.problems.length > 0) throw refused(loaded.problems);
  const cluster = clusterOf(config, { inputs: new Map(), bootstrapped: true });
  const left = placesLeft(etcd, etcdStateAfter(cluster)?.members ?? {});
  const members = new Set([...Object.keys(config.hosts), ...namesIn(etcd)]);
  const judged = judgeSnapshot(wish.snapshot, { cluster: config.name, members, fromCluster: wish.fromCluster });
  const problems = [...judged.problems, ...placeProblems(cluster, { wish, left, etcd, file, source })];
  if (problems.length > 0) throw refused(problems);
  const begun = beginRestore(state, { cluster, sha256: wish.snapshot.sha256, lost: left, again: wish.again, now });
  return { ...begun, wish, warnings: judged.warnings };
}

function refused(problems: readonly Problem[]): FlexkubeError {
  return new FlexkubeError("CONFIG_INVALID", "this cannot be restored", { problems });
}

function namesIn(etcd: EtcdState | undefined): readonly string[] {
  return [...Object.keys(etcd?.members ?? {}), ...(etcd?.former ?? []).map(({ name }) => name)];
}

type Asked = Pick<DecideRestore, "wish" | "etcd" | "file"> & {
  readonly left: readonly FormerPlace[];
  readonly source: LoadedCluster["source"];
};

function placeProblems({ config, members }: Cluster, { wish, left, etcd, file, source }: Asked): readonly Problem[] {
  if (etcd === undefined && Object.keys(members).length > 0) {
    const problem = `nothing is known of etcd's members: ${config.name} was never split here`;
    const hint = `when this is all that is left of it: flexkube-planner split ${file} makes its keys anew, and then restore; else put back its pki and hosts`;
    return [{ path: "", file, problem, hint }];
  }
  const { hosts, lost, snapshot } = wish;
  const named = file === "cluster.yaml" ? "" : ` ${file}`;
  const command = `flexkube-planner restore${named} --snapshot ${snapshot.file}`;
  const found = judgePlaces({ members: Object.keys(members), left, hosts, lost, command });
  return found.map((finding) => problemOf(finding, source));
}
