// What cannot change while a cluster has pods: the network that it was split with before.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";
import { networkOf } from "#planner/cluster/kubernetes/state.ts";

/** A finding for each field that differs from the last split's. */
export function checkFrozenNetwork(config: ClusterConfig, state: KubernetesState | undefined): readonly Finding[] {
  const before = state?.network;
  if (before === undefined || config.kubernetes === undefined) return [];
  const now = networkOf(config);
  // the keys of both are those of one schema
  return (Object.keys(now) as (keyof typeof now)[])
    .filter((field) => now[field] !== before[field])
    .map((field) => ({
      path: ["network", field],
      problem: `the cluster was split with ${field} ${before[field]}; its pods and Services keep their old addresses and names`,
      hint: "for a cluster without pods: split --force-network",
    }));
}
