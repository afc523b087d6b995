// Pod networking by bridge and routes beside each kubelet: every node knows every other node's pods.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { cniPluginsDefaults } from "#planner/cluster/defaults.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { plainFragment } from "#planner/draft/fragment/fragment.ts";
import { withDefaults } from "#planner/draft/fragment/with-defaults.ts";

/** The network of this host's pods, or undefined. */
export function podNetwork({ config, kubernetes }: Cluster, host: string): Fragment | undefined {
  const { plugin, podCidr: clusterCidr, bridge } = config.network;
  if (kubernetes === undefined || !kubernetes.nodes.has(host) || plugin !== "bridge") return undefined;
  const podCidr = kubernetes.podCidrs[host];
  // a host for which nothing is left is told of by the checks
  if (podCidr === undefined) return undefined;
  const plugins = bridge.pluginsImage === undefined ? cniPluginsDefaults : {};
  const fragment = plainFragment({
    podNetwork: {
      ...withDefaults({ ...plugins, image: kubernetes.images.podNetwork, run: "lock-file" }, bridge),
      podCidr,
      clusterCidr,
    },
  });
  return { ...fragment, nodeTable: kubernetes.nodeTable };
}
