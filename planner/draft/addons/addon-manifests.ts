// The manifests of what runs in every cluster, by names that sort in the order of their application.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { type NodeMarks, nodeMarks } from "#planner/cluster/kubernetes/node-pool.ts";
import type { ResolvedKubernetes } from "#planner/cluster/kubernetes/resolved-kubernetes.ts";
import { bootstrapManifest } from "./bootstrap.ts";
import { corednsManifest } from "./coredns.ts";
import { disruptionRbacManifest } from "./disruption-rbac.ts";
import { networkPoliciesManifest } from "./network-policies.ts";
import { nodePolicyManifest } from "./node-policy.ts";
import { agentsRbacManifest, rbacManifest } from "./rbac.ts";
import { serviceAccountsManifest } from "./service-accounts.ts";

/** Name of the manifest that says who may do what. */
export const rbacName = "00-rbac";

/** Name of the manifest that says what agents may do at nodes. */
export const nodePolicyName = "05-node-policy";

/** What a pod with the DNS policy `Default` is given: the name servers of its node, as the kubelet found them. */
const hostResolvers = "/etc/resolv.conf";

/** Name → manifest. `isLeaseLock`: hosts lock each other out by a Lease. */
export function addonManifests(
  config: ClusterConfig,
  kubernetes: ResolvedKubernetes,
  isLeaseLock: boolean,
): Readonly<Record<string, { readonly content: string }>> {
  const { coredns, networkPolicies } = config.addons;
  return {
    [rbacName]: { content: rbacManifest },
    "04-bootstrap": { content: bootstrapManifest },
    [nodePolicyName]: {
      content: nodePolicyManifest({ keys: kubernetes.nodeKeys, marks: marksOf(config, kubernetes) }),
    },
    ...(config.hardening === "cis" ? { "07-service-accounts": { content: serviceAccountsManifest } } : {}),
    ...(isLeaseLock ? { "06-disruption": { content: disruptionRbacManifest } } : {}),
    ...(coredns.enabled && kubernetes.dnsAddress !== undefined
      ? {
          "10-coredns": {
            content: corednsManifest({
              image: coredns.image ?? kubernetes.images.coredns,
              replicas: coredns.replicas,
              address: kubernetes.dnsAddress,
              domain: config.network.dnsDomain,
              forward: coredns.forward ?? [hostResolvers],
            }),
          },
        }
      : {}),
    ...((networkPolicies ?? config.network.plugin !== "bridge")
      ? { "20-network-policies": { content: networkPoliciesManifest } }
      : {}),
    "30-agents": { content: agentsRbacManifest },
  };
}

function marksOf(config: ClusterConfig, kubernetes: ResolvedKubernetes): ReadonlyMap<string, NodeMarks> {
  return new Map([...kubernetes.nodes.keys()].map((host) => [host, nodeMarks(config, host, kubernetes)]));
}
