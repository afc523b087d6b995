// The manifests of what runs in every cluster, by names that sort in the order of their application.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { type NodeMarks, nodeMarks } from "#planner/cluster/kubernetes/node-pool.ts";
import type { ResolvedKubernetes } from "#planner/cluster/kubernetes/resolved-kubernetes.ts";
import { pinned } from "#planner/pins/pins.ts";
import type { Pins } from "#planner/pins/pins.ts";
import { bootstrapManifest } from "./bootstrap.ts";
import { corednsManifest } from "./coredns.ts";
import { deliveryManifest } from "./delivery.ts";
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

export type AddonWishes = {
  /** Hosts lock each other out by a Lease. */
  readonly isLeaseLock: boolean;
  /** Host configs are signed and sealed, so they may be delivered by Secrets. */
  readonly isSealed: boolean;
  readonly pins: Pins | undefined;
};

/** Name → manifest. */
export function addonManifests(
  config: ClusterConfig,
  kubernetes: ResolvedKubernetes,
  { isLeaseLock, isSealed, pins }: AddonWishes,
): Readonly<Record<string, { readonly content: string }>> {
  const { coredns, networkPolicies } = config.addons;
  const dns = dnsOf(config, kubernetes);
  return {
    [rbacName]: { content: rbacManifest },
    "04-bootstrap": { content: bootstrapManifest },
    [nodePolicyName]: {
      content: nodePolicyManifest({ keys: kubernetes.nodeKeys, marks: marksOf(config, kubernetes) }),
    },
    ...(config.hardening === "cis" ? { "07-service-accounts": { content: serviceAccountsManifest } } : {}),
    ...(isLeaseLock ? { "06-disruption": { content: disruptionRbacManifest } } : {}),
    ...(dns !== undefined
      ? {
          "10-coredns": {
            content: corednsManifest({
              image: pinned(dns.image, pins),
              replicas: coredns.replicas,
              address: dns.address,
              domain: config.network.dnsDomain,
              forward: coredns.forward ?? [hostResolvers],
            }),
          },
        }
      : {}),
    ...((networkPolicies ?? config.network.plugin !== "bridge")
      ? { "20-network-policies": { content: networkPoliciesManifest } }
      : {}),
    ...(isSealed ? { "08-delivery": { content: deliveryManifest([...kubernetes.nodes.keys()]) } } : {}),
    "30-agents": { content: agentsRbacManifest },
  };
}

/** CoreDNS, before its image has a digest; undefined where there is none. */
export function dnsOf(
  { addons: { coredns } }: ClusterConfig,
  { dnsAddress, images }: ResolvedKubernetes,
): { readonly image: string; readonly address: string } | undefined {
  if (!coredns.enabled || dnsAddress === undefined) return undefined;
  return { image: coredns.image ?? images.coredns, address: dnsAddress };
}

function marksOf(config: ClusterConfig, kubernetes: ResolvedKubernetes): ReadonlyMap<string, NodeMarks> {
  return new Map([...kubernetes.nodes.keys()].map((host) => [host, nodeMarks(config, host, kubernetes)]));
}
