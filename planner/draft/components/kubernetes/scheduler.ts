// kube-scheduler on each host of the control plane.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { pidsLimit } from "#planner/cluster/defaults.ts";
import { userOf } from "#planner/cluster/users.ts";
import { schedulerArguments } from "#planner/cluster/kubernetes/default-arguments.ts";
import { schedulerDocument } from "#planner/cluster/kubernetes/documents.ts";
import { mergeLayers } from "#planner/cluster/layers/merge-layers.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { apiAccess } from "#planner/draft/fragment/api-access.ts";
import { caRequest, caSecrets, kubernetesCa, leafCertificates } from "#planner/draft/fragment/leaf-certificate.ts";
import { rolloutOf } from "#planner/draft/fragment/rollout.ts";
import { withDefaults } from "#planner/draft/fragment/with-defaults.ts";

/** The scheduler on this host, or undefined. */
export function scheduler(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes } = cluster;
  if (kubernetes === undefined || !kubernetes.controlPlane.has(host)) return undefined;
  const section = config.controlPlane?.scheduler;
  const defaults = {
    image: kubernetes.images.scheduler,
    ...pidsLimit,
    ...userOf(cluster, "kubeScheduler"),
    args: schedulerArguments(config),
    config: schedulerDocument,
  };
  const leaf = leafCertificates(cluster, host, [
    {
      name: "scheduler",
      ca: kubernetesCa,
      commonName: "system:kube-scheduler",
      usage: "client",
    },
  ]);
  return {
    sections: {
      kubeScheduler: {
        ...withDefaults(defaults, section, config.controlPlane?.overrides[host]?.scheduler),
        api: apiAccess(cluster, host, "scheduler"),
        rollout: rolloutOf(mergeLayers(defaults, section)),
      },
    },
    secrets: { ...caSecrets, ...leaf.secrets },
    cas: [caRequest(cluster, kubernetesCa)],
    certificates: leaf.certificates,
  };
}
