// What host configs that were given out tell of the planner's state for Kubernetes, when that is lost.
import { parse } from "yaml";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";
import { nodesIn } from "#shared/schema/types/node-table.ts";
import { nodeKeysOf } from "#planner/draft/addons/node-policy.ts";
import { nodePolicyName, rbacName } from "#planner/draft/addons/addon-manifests.ts";
import { encryptionKeysId, serviceAccountId } from "#planner/draft/fragment/key-ids.ts";
import { applierIn } from "#planner/cluster/kubernetes/applier-group.ts";
import { minorsOf, versionOfImage } from "#planner/cluster/versions/kubernetes-version.ts";

const encryptionSecret = "kubernetes/encryption.yaml";

/** Undefined when none of them has anything of Kubernetes. */
export function recoverKubernetes(configs: readonly HostConfig[]): KubernetesState | undefined {
  const ours = configs.filter(({ kubelet, kubeApiserver }) => kubelet !== undefined || kubeApiserver !== undefined);
  if (ours.length === 0) return undefined;
  const network = ours.map(networkIn).reduce((all, part) => ({ ...part, ...all }));
  const { plugin, podCidr, serviceCidr, nodeMask, dnsDomain } = network;
  const isWhole =
    plugin !== undefined &&
    podCidr !== undefined &&
    serviceCidr !== undefined &&
    nodeMask !== undefined &&
    dnsDomain !== undefined;
  const applier = applierIn(ours, rbacName);
  return {
    ...(isWhole ? { network: { plugin, podCidr, serviceCidr, nodeMask, dnsDomain } } : {}),
    ...apiServersIn(ours),
    podCidrs: podCidrsIn(ours),
    encrypted: [...new Set(ours.flatMap(encryptedIn))].toSorted(),
    keys: [...new Set(ours.flatMap(keysIn))].toSorted(),
    nodeKeys: [...new Set(ours.flatMap(nodeKeysIn))].toSorted(),
    ...(applier === undefined ? {} : { applier }),
  };
}

type Network = Partial<NonNullable<KubernetesState["network"]>>;

function networkIn({ kubeApiserver, kubeControllerManager, kubelet, kubeProxy, podNetwork }: HostConfig): Network {
  const manager = kubeControllerManager?.args ?? {};
  const podCidr =
    podNetwork?.clusterCidr ?? textOf(kubeProxy?.config["clusterCIDR"]) ?? textOf(manager["cluster-cidr"]);
  const serviceCidr = textOf(kubeApiserver?.args["service-cluster-ip-range"]);
  const mask = podNetwork?.podCidr.split("/")[1] ?? textOf(manager["node-cidr-mask-size"]);
  const dnsDomain =
    textOf(kubelet?.config["clusterDomain"]) ?? domainOf(textOf(kubeApiserver?.args["service-account-issuer"]));
  const isRouted = manager["allocate-node-cidrs"];
  const plugin = podNetwork !== undefined || isRouted === "false" ? "bridge" : isRouted === "true" ? "none" : undefined;
  return {
    ...(plugin === undefined ? {} : { plugin }),
    ...(podCidr === undefined ? {} : { podCidr }),
    ...(serviceCidr === undefined ? {} : { serviceCidr }),
    ...(mask === undefined ? {} : { nodeMask: Number(mask) }),
    ...(dnsDomain === undefined ? {} : { dnsDomain }),
  };
}

function domainOf(issuer: string | undefined): string | undefined {
  return /^https:\/\/kubernetes\.default\.svc\.([a-z0-9.-]+)$/.exec(issuer ?? "")?.[1];
}

function apiServersIn(configs: readonly HostConfig[]): Pick<KubernetesState, "apiServers"> {
  const apiServers = minorsOf(configs.map(({ kubeApiserver }) => versionOfImage(kubeApiserver?.image ?? "")));
  return apiServers === undefined ? {} : { apiServers };
}

/** Each host's own word counts more than what others say of it. */
function podCidrsIn(configs: readonly HostConfig[]): Readonly<Record<string, string>> {
  const routes = configs.flatMap(({ podNetwork }) => [
    ...Object.entries(podNetwork?.routes ?? {}).map(([host, { podCidr }]) => [host, podCidr] as const),
    ...nodesIn(podNetwork?.nodes ?? "").map(({ host, podCidr }) => [host, podCidr] as const),
  ]);
  const own = configs.flatMap(({ host, podNetwork }) =>
    podNetwork === undefined ? [] : [[host, podNetwork.podCidr] as const],
  );
  return Object.fromEntries([...routes, ...own].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function encryptedIn({ secrets }: HostConfig): readonly string[] {
  const document: unknown = parse(secrets[encryptionSecret] ?? "null");
  return listIn(document, "resources").flatMap((rule) =>
    listIn(rule, "resources").flatMap((resource) => (typeof resource === "string" ? [resource] : [])),
  );
}

function keysIn({ secrets }: HostConfig): readonly string[] {
  return [
    ...(secrets[`${serviceAccountId}.key`] === undefined ? [] : [serviceAccountId]),
    ...(secrets[encryptionSecret] === undefined ? [] : [encryptionKeysId]),
  ];
}

function nodeKeysIn({ node, clusterObjects }: HostConfig): readonly string[] {
  const policy = clusterObjects?.manifests[nodePolicyName]?.content;
  return [
    ...(policy === undefined ? [] : nodeKeysOf(policy)),
    ...Object.keys(node?.labels ?? {}),
    ...Object.keys(node?.annotations ?? {}),
    ...(node?.taints ?? []).map(({ key }) => key),
  ];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list: unknown =
    typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : [];
  return Array.isArray(list) ? list : [];
}
