// What the agent keeps right at the host's Node object, and the certificate it does that with.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { nodeMarks } from "#planner/cluster/kubernetes/node-pool.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { apiAccess } from "#planner/draft/fragment/api-access.ts";
import { caRequest, caSecrets, kubernetesCa, leafCertificates } from "#planner/draft/fragment/leaf-certificate.ts";

/** The settings of this host's node, or undefined. */
export function nodeSettings(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes } = cluster;
  if (kubernetes === undefined || !kubernetes.nodes.has(host)) return undefined;
  const { labels, annotations, taints } = nodeMarks(config, host, kubernetes);
  const leaf = leafCertificates(cluster, host, [
    {
      name: "agent",
      ca: kubernetesCa,
      commonName: `flexkube-agent:${host}`,
      group: "flexkube:agents",
      usage: "client",
    },
  ]);
  const sorted = (map: object): object =>
    Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    sections: {
      node: {
        name: host,
        api: apiAccess(cluster, host, "agent"),
        labels: sorted(labels),
        annotations: sorted(annotations),
        taints,
        acknowledge: true,
      },
    },
    secrets: { ...caSecrets, ...leaf.secrets },
    cas: [caRequest(cluster, kubernetesCa)],
    certificates: leaf.certificates,
  };
}
