// What the operator's word that the cluster is up changes in the planner's state.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import { withApplierWord } from "#planner/cluster/kubernetes/applier-group.ts";

/** Of etcd it says nothing where others run it: members that come later found theirs. */
export function sayBootstrapped(state: PlannerState, { etcd }: Pick<ClusterConfig, "etcd">): PlannerState {
  const kubernetes = withApplierWord(state.kubernetes);
  return {
    ...state,
    bootstrapped: state.bootstrapped || etcd !== undefined,
    ...(kubernetes === undefined ? {} : { kubernetes }),
  };
}
