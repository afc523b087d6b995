// Kubernetes as all components see it: who runs what, addresses, images. Resolved once for all hosts.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";
import { nodeTable } from "#shared/schema/types/node-table.ts";
import { selectHosts } from "#planner/cluster/layers/select-hosts.ts";
import { addressIn, parseCidr } from "#shared/cidr.ts";
import { managedNodeKeys } from "./node-pool.ts";
import { assignPodCidrs } from "./pod-cidrs.ts";
import { newKubernetesState } from "./state.ts";
import type { KubernetesVersion } from "#planner/cluster/versions/kubernetes-version.ts";
import { kubernetesImages, kubernetesVersionOf } from "#planner/cluster/versions/kubernetes-version.ts";

export type ResolvedKubernetes = {
  readonly version: KubernetesVersion;
  readonly images: ReturnType<typeof kubernetesImages>;
  /** Hosts of the control plane, sorted. */
  readonly controlPlane: ReadonlySet<string>;
  /** Host → the pool of its kubelet, sorted by host. */
  readonly nodes: ReadonlyMap<string, string>;
  /** With the plug-in bridge: host → its pods' network; also of hosts that left. */
  readonly podCidrs: Readonly<Record<string, string>>;
  /** With the plug-in bridge: every node's address and its pods' network. */
  readonly nodeTable: string;
  /** Hosts for which podCidr has nothing left. */
  readonly withoutPodCidr: readonly string[];
  /** The address of the Service `kubernetes`. */
  readonly serviceAddress: string;
  /** The address of the cluster's DNS; undefined when there is none. */
  readonly dnsAddress: string | undefined;
  /** Issuer of service account tokens. */
  readonly issuer: string;
  /** Resources that have ever been encrypted at rest, sorted. */
  readonly encrypted: readonly string[];
  /** Keys of labels, annotations and taints that the agents have ever kept, sorted. */
  readonly nodeKeys: readonly string[];
};

const dnsIndex = 10n;

/** Undefined without the section `kubernetes`. */
export function resolveKubernetes(config: ClusterConfig, state = newKubernetesState): ResolvedKubernetes | undefined {
  const version = kubernetesVersionOf(config.kubernetes?.version ?? "");
  if (version === undefined) return undefined;
  const { network, controlPlane } = config;
  const services = parseCidr(network.serviceCidr);
  const nodes = nodesOf(config);
  const podCidrs = podCidrsOf(config, nodes, state);
  const controlPlaneHosts = controlPlane === undefined ? [] : selectHosts(config, controlPlane.hosts).toSorted();
  return {
    version,
    images: kubernetesImages(version),
    controlPlane: new Set(controlPlaneHosts),
    nodes,
    podCidrs: podCidrs.all,
    nodeTable: tableOf(config, nodes, podCidrs.all),
    withoutPodCidr: podCidrs.without,
    serviceAddress: addressIn(services, 1n) ?? "",
    dnsAddress: dnsAddressOf(config),
    issuer: controlPlane?.serviceAccountIssuer ?? `https://kubernetes.default.svc.${network.dnsDomain}`,
    encrypted: encryptedResources(config, state),
    nodeKeys: managedNodeKeys(config, { nodes, controlPlane: new Set(controlPlaneHosts), known: state.nodeKeys }),
  };
}

/** Each kubelet host with its first pool; more than one is told of by the checks. */
function nodesOf(config: ClusterConfig): ReadonlyMap<string, string> {
  const nodes = new Map<string, string>();
  for (const [pool, { hosts }] of Object.entries(config.kubelets).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    for (const host of selectHosts(config, hosts)) if (!nodes.has(host)) nodes.set(host, pool);
  return new Map([...nodes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function podCidrsOf({ network }: ClusterConfig, nodes: ReadonlyMap<string, string>, state: KubernetesState) {
  const { plugin, podCidr, nodeMask } = network;
  if (plugin !== "bridge") return { all: state.podCidrs, without: [] };
  return assignPodCidrs({ hosts: [...nodes.keys()], podCidr, nodeMask, known: state.podCidrs });
}

function tableOf(
  { hosts }: ClusterConfig,
  nodes: ReadonlyMap<string, string>,
  podCidrs: Readonly<Record<string, string>>,
): string {
  const known = [...nodes.keys()].flatMap((host) => {
    const [address, podCidr] = [hosts[host]?.address, podCidrs[host]];
    return address === undefined || podCidr === undefined ? [] : [{ host, address, podCidr }];
  });
  return nodeTable(known);
}

function dnsAddressOf({ addons, network }: ClusterConfig): string | undefined {
  const { address, enabled } = addons.coredns;
  return address ?? (enabled ? addressIn(parseCidr(network.serviceCidr), dnsIndex) : undefined);
}

function encryptedResources({ controlPlane }: ClusterConfig, { encrypted }: KubernetesState): readonly string[] {
  const now = controlPlane?.encryption.enabled === true ? controlPlane.encryption.resources : [];
  return [...new Set([...encrypted, ...now])].toSorted();
}
