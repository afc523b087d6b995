// Whether a cluster config may be split now, after what earlier splits have left behind. Pure.
import { FlexkubeError } from "#shared/errors.ts";
import type { EtcdState, PlannerState } from "#shared/schema/planner-state.ts";
import type { ValidatedCluster } from "#planner/draft/validate-cluster.ts";
import { validateCluster } from "#planner/draft/validate-cluster.ts";
import type { DecidedRestore } from "./decide-restore.ts";
import type { LoadedCluster } from "./read/load-cluster.ts";
import type { SplitOptions } from "./split-options.ts";

export type SplitCheck = {
  readonly state: PlannerState;
  readonly etcd: EtcdState | undefined;
  readonly options: SplitOptions;
  readonly restore: DecidedRestore | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly onProgress: (done: number, total: number) => void;
};

/** Throws CONFIG_INVALID. */
export function checkSplit(
  { config, inputs, problems, lockProblems, pins, source }: LoadedCluster,
  { state, etcd, options, restore, now, onProgress }: SplitCheck,
): ValidatedCluster {
  const checked = validateCluster(config, {
    source,
    inputs,
    bootstrapped: state.bootstrapped,
    users: state.users ?? "nobody",
    state: state.kubernetes,
    leaves: state.leaves,
    backups: state.backups,
    restores: state.restores,
    care: state.care,
    membership: state.membership,
    sealed: state.sealed,
    pins,
    forceNetwork: options.forceNetwork,
    forceVersion: options.forceVersion,
    etcd,
    replacing: options.replaceMembers && { names: options.replaceMembers, file: options.file },
    restoring: restore && { etcdVersion: restore.wish.snapshot.record?.etcdVersion },
    forceEtcd: options.forceEtcd,
    fleet: options.fleet,
    now,
    onProgress,
  });
  const all = [...problems, ...lockProblems, ...checked.problems];
  if (all.length > 0) throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems: all });
  return checked;
}
