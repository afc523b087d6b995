// The kubelet on each host of a pool, with its first client certificate and the one it serves with.
import { bootstrapGroup } from "#planner/draft/addons/bootstrap.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { kubeletDocument } from "#planner/cluster/kubernetes/documents.ts";
import { type NodeMarks, isKubeletLabel, nodeMarks, poolLayers } from "#planner/cluster/kubernetes/node-pool.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { apiAccess } from "#planner/draft/fragment/api-access.ts";
import type { LeafParts } from "#planner/draft/fragment/leaf-certificate.ts";
import { caRequest, caSecrets, kubernetesCa, leafCertificates } from "#planner/draft/fragment/leaf-certificate.ts";
import { withDefaults } from "#planner/draft/fragment/with-defaults.ts";

/** The kubelet on this host, or undefined. */
export function kubelet(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes } = cluster;
  const pool = config.kubelets[kubernetes?.nodes.get(host) ?? ""];
  if (kubernetes === undefined || pool === undefined) return undefined;
  const address = config.hosts[host]?.address ?? "";
  const marks = nodeMarks(config, host, kubernetes);
  // these belong to the section `node`
  const {
    labels: _labels,
    roles: _roles,
    annotations: _annotations,
    taints: _taints,
    ...layers
  } = poolLayers(pool, host);
  const leaves = leavesOf(cluster, host, address);
  return {
    sections: {
      kubelet: {
        ...withDefaults(
          {
            image: kubernetes.images.kubelet,
            ...registration(marks),
            ...(usesHostResolvers(config) ? { resolver: "reachable" } : {}),
            config: kubeletDocument({
              address,
              dnsAddress: kubernetes.dnsAddress,
              dnsDomain: config.network.dnsDomain,
            }),
          },
          layers,
        ),
        node: host,
        address,
        api: apiAccess(cluster, host, "kubelet-client"),
      },
    },
    secrets: { ...caSecrets, ...leaves.secrets },
    cas: [caRequest(cluster, kubernetesCa)],
    certificates: leaves.certificates,
  };
}

/** CoreDNS asks its node's name servers, so each node must have some that a pod reaches. */
function usesHostResolvers({ addons: { coredns } }: Cluster["config"]): boolean {
  return coredns.enabled && coredns.forward === undefined;
}

/** So that pods find labels and taints from the first moment on; the rest, and what changes, comes from the agent. */
function registration({ labels, taints }: NodeMarks): { readonly registration?: object } {
  const own = Object.entries(labels).filter(([key]) => isKubeletLabel(key));
  if (own.length === 0 && taints.length === 0) return {};
  return { registration: { labels: Object.fromEntries(own), taints } };
}

function leavesOf(cluster: Cluster, host: string, address: string): LeafParts {
  const identity = { ca: kubernetesCa, commonName: `system:node:${host}` } as const;
  return leafCertificates(cluster, host, [
    // not in the group of nodes: alone it may only ask for a certificate that is
    { name: "kubelet-client", ...identity, group: bootstrapGroup, usage: "client" },
    {
      name: "kubelet-serving",
      ...identity,
      group: "system:nodes",
      usage: "server",
      dnsNames: [host],
      ipAddresses: [address],
    },
  ]);
}
