// The kubelet pool of a host: its layers, and what follows from them for the Node object.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { KubeletPool } from "#shared/schema/kubernetes/cluster-sections.ts";
import type { NodeSettings } from "#shared/schema/kubernetes/node-settings.ts";
import { mergeLayers } from "#planner/cluster/layers/merge-layers.ts";

type Taints = NodeSettings["taints"];

export type NodeMarks = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: Taints;
};

type Nodes = { readonly nodes: ReadonlyMap<string, string>; readonly controlPlane: ReadonlySet<string> };

const rolePrefix = "node-role.kubernetes.io/";
const controlPlaneRole = "control-plane";
const controlPlaneTaints: Taints = [{ key: `${rolePrefix}${controlPlaneRole}`, effect: "NoSchedule" }];

/** Labels that the API server lets a kubelet set, of those whose domain is Kubernetes' own. */
const kubeletLabels = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
]);

/** Whether a kubelet may give itself the label (k8s.io/kubelet, pkg/apis/well_known_labels.go). */
export function isKubeletLabel(label: string): boolean {
  const domain = label.includes("/") ? label.slice(0, label.indexOf("/")) : "";
  const isOf = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (!isOf("kubernetes.io") && !isOf("k8s.io")) return true;
  return kubeletLabels.has(label) || isOf("kubelet.kubernetes.io") || isOf("node.kubernetes.io");
}

/** The host's layers of a pool merged, without what only the planner reads. */
export function poolLayers(pool: KubeletPool, host: string): Readonly<Record<string, unknown>> {
  const { hosts: _hosts, overrides, ...section } = pool;
  return mergeLayers(section, overrides[host]);
}

/** Labels, annotations and taints of the host's node. */
export function nodeMarks(config: ClusterConfig, host: string, { nodes, controlPlane }: Nodes): NodeMarks {
  const pool = config.kubelets[nodes.get(host) ?? ""];
  const override = pool?.overrides[host];
  const isControlPlane = controlPlane.has(host);
  const roles = override?.roles ?? pool?.roles ?? (isControlPlane ? [controlPlaneRole] : []);
  const keepsPodsOff = isControlPlane && [...nodes.keys()].some((node) => !controlPlane.has(node));
  return {
    labels: {
      ...Object.fromEntries(roles.map((role) => [`${rolePrefix}${role}`, ""])),
      ...defined(pool?.labels),
      ...defined(override?.labels),
    },
    annotations: { ...defined(pool?.annotations), ...defined(override?.annotations) },
    taints: override?.taints ?? pool?.taints ?? (keepsPodsOff ? controlPlaneTaints : []),
  };
}

/**
 * Keys that an agent may change at its node. Keys that were used before stay among them, or nobody could take away what
 * the config no longer says.
 */
export function managedNodeKeys(
  config: ClusterConfig,
  { nodes, controlPlane, known }: Nodes & { readonly known: readonly string[] },
): readonly string[] {
  const keys = new Set(known);
  for (const host of nodes.keys()) {
    const { labels, annotations, taints } = nodeMarks(config, host, { nodes, controlPlane });
    for (const key of [...Object.keys(labels), ...Object.keys(annotations), ...taints.map((taint) => taint.key)])
      keys.add(key);
  }
  return [...keys].toSorted();
}

function defined(map: Readonly<Record<string, string | undefined>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
