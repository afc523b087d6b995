// What the planner's state says of Kubernetes before the first split, and of its network.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";

/** The state of a cluster whose Kubernetes has not been split yet. */
export const newKubernetesState: KubernetesState = { podCidrs: {}, encrypted: [], keys: [], nodeKeys: [] };

/** What cannot change while pods run: they and their Services have addresses and names of it. */
export function networkOf({ network }: ClusterConfig): NonNullable<KubernetesState["network"]> {
  const { plugin, podCidr, serviceCidr, nodeMask, dnsDomain } = network;
  return { plugin, podCidr, serviceCidr, nodeMask, dnsDomain };
}
