// kube-controller-manager on each host of the control plane. It signs certificates, so its hosts have the CA's key.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { pidsLimit } from "#planner/cluster/defaults.ts";
import { userOf } from "#planner/cluster/users.ts";
import { controllerManagerArguments } from "#planner/cluster/kubernetes/default-arguments.ts";
import { mergeLayers } from "#planner/cluster/layers/merge-layers.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { apiAccess } from "#planner/draft/fragment/api-access.ts";
import { serviceAccountId } from "#planner/draft/fragment/key-ids.ts";
import {
  caRequest,
  caSecrets,
  frontProxyCa,
  kubernetesCa,
  leafCertificates,
} from "#planner/draft/fragment/leaf-certificate.ts";
import { rolloutOf } from "#planner/draft/fragment/rollout.ts";
import { withDefaults } from "#planner/draft/fragment/with-defaults.ts";

/** The controller manager on this host, or undefined. */
export function controllerManager(cluster: Cluster, host: string): Fragment | undefined {
  const { config, kubernetes } = cluster;
  if (kubernetes === undefined || !kubernetes.controlPlane.has(host)) return undefined;
  const section = config.controlPlane?.controllerManager;
  const defaults = {
    image: kubernetes.images.controllerManager,
    ...pidsLimit,
    ...userOf(cluster, "kubeControllerManager"),
    args: controllerManagerArguments(config),
  };
  const leaf = leafCertificates(cluster, host, [
    {
      name: "controller-manager",
      ca: kubernetesCa,
      commonName: "system:kube-controller-manager",
      usage: "client",
    },
  ]);
  return {
    sections: {
      kubeControllerManager: {
        ...withDefaults(defaults, section, config.controlPlane?.overrides[host]?.controllerManager),
        api: apiAccess(cluster, host, "controller-manager"),
        rollout: rolloutOf(mergeLayers(defaults, section)),
      },
    },
    secrets: {
      ...caSecrets,
      "kubernetes/ca.key": { from: "caKey", id: kubernetesCa },
      "kubernetes/front-proxy-ca.crt": { from: "ca", id: frontProxyCa },
      "kubernetes/service-account.key": { from: "privateKey", id: serviceAccountId },
      ...leaf.secrets,
    },
    cas: [caRequest(cluster, kubernetesCa), caRequest(cluster, frontProxyCa)],
    certificates: leaf.certificates,
    keys: [{ id: serviceAccountId, kind: "pair" }],
  };
}
