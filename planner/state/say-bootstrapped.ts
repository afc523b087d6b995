// What the operator's word that the cluster is up changes in the planner's state.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import { withApplierWord } from "#planner/cluster/kubernetes/applier-group.ts";

/** All members have begun from the snapshot: whoever has no data from now on has lost it. */
function closedRestores({ restores }: PlannerState): Pick<PlannerState, "restores"> {
  return restores === undefined ? {} : { restores: restores.map((restore) => ({ ...restore, open: false })) };
}

/** Of etcd it says nothing where others run it: members that come later found theirs. */
export function sayBootstrapped(state: PlannerState, { etcd }: Pick<ClusterConfig, "etcd">): PlannerState {
  const kubernetes = withApplierWord(state.kubernetes);
  return {
    ...state,
    bootstrapped: state.bootstrapped || etcd !== undefined,
    ...closedRestores(state),
    ...(kubernetes === undefined ? {} : { kubernetes }),
  };
}
