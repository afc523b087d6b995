// kube-proxy beside each kubelet.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { pidsLimit } from "#planner/cluster/defaults.ts";
import { proxyDocument } from "#planner/cluster/kubernetes/documents.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { apiAccess } from "#planner/draft/fragment/api-access.ts";
import { caRequest, caSecrets, kubernetesCa, leafCertificates } from "#planner/draft/fragment/leaf-certificate.ts";
import { withDefaults } from "#planner/draft/fragment/with-defaults.ts";

/** The proxy on this host, or undefined. */
export function kubeProxy(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes } = cluster;
  const { enabled, mode, ...section } = config.network.proxy;
  if (kubernetes === undefined || !kubernetes.nodes.has(host) || !enabled) return undefined;
  const leaf = leafCertificates(cluster, host, [
    {
      name: "kube-proxy",
      ca: kubernetesCa,
      commonName: "system:kube-proxy",
      usage: "client",
    },
  ]);
  return {
    sections: {
      kubeProxy: {
        ...withDefaults(
          {
            image: kubernetes.images.proxy,
            ...pidsLimit,
            run: "lock-file",
            config: proxyDocument({ host, mode, podCidr: config.network.podCidr }),
          },
          section,
        ),
        api: apiAccess(cluster, host, "kube-proxy"),
      },
    },
    secrets: { ...caSecrets, ...leaf.secrets },
    cas: [caRequest(cluster, kubernetesCa)],
    certificates: leaf.certificates,
  };
}
