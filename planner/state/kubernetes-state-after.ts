// What the planner remembers of Kubernetes after a split.
import type { KubernetesState } from "#shared/schema/planner-state.ts";
import { apiServerVersions } from "#planner/checks/check-skew.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { networkOf } from "#planner/cluster/kubernetes/state.ts";

/** The state that a split of this cluster leaves behind; undefined while it has never had Kubernetes. */
export function kubernetesStateAfter(
  cluster: Cluster,
  keys: readonly string[],
  objects: KubernetesState["objects"],
): KubernetesState | undefined {
  const { config, kubernetes } = cluster;
  const apiServers = apiServerVersions(cluster);
  if (kubernetes === undefined) return cluster.state;
  // hosts of the control plane are given the binding with this split
  const applier = cluster.state?.applier ?? (kubernetes.controlPlane.size > 0 ? "bound" : undefined);
  return {
    network: networkOf(config),
    ...(apiServers === undefined ? {} : { apiServers }),
    podCidrs: { ...kubernetes.podCidrs },
    encrypted: [...kubernetes.encrypted],
    keys: [...new Set([...(cluster.state?.keys ?? []), ...keys])].toSorted(),
    nodeKeys: [...kubernetes.nodeKeys],
    ...(applier === undefined ? {} : { applier }),
    ...(objects === undefined ? {} : { objects }),
  };
}
