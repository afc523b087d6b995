// The load balancer pools of a cluster: those that its config names, and `kubernetes`, which every cluster with
// Kubernetes has on the hosts of the control plane and of kubelets.
import type { ClusterConfig, LoadBalancerPool } from "#shared/schema/cluster-config.ts";
import { loadBalancerDefaults } from "./defaults.ts";
import type { ResolvedKubernetes } from "./kubernetes/resolved-kubernetes.ts";
import { mergeAlike } from "./layers/merge-layers.ts";
import { selectedNames } from "./layers/select-hosts.ts";

/** Name of the pool that a host's Kubernetes components reach the API by. */
export const kubernetesPool = "kubernetes";

/** All pools by name; `hosts` is given for each. */
export function loadBalancerPools(
  config: ClusterConfig,
  kubernetes: ResolvedKubernetes | undefined,
): Readonly<Record<string, LoadBalancerPool>> {
  const written = config.apiLoadBalancers;
  if (kubernetes === undefined || (kubernetes.controlPlane.size === 0 && kubernetes.nodes.size === 0)) return written;
  const own = written[kubernetesPool];
  const hosts = [
    ...new Set([...kubernetes.controlPlane, ...kubernetes.nodes.keys(), ...selectedNames(own?.hosts ?? [])]),
  ];
  const port = config.controlPlane?.port ?? 0;
  const servers = [...kubernetes.controlPlane].map(
    (host) => [host, { address: config.hosts[host]?.address, port }] as const,
  );
  const pool: LoadBalancerPool = {
    ...own,
    ca: own?.ca ?? "kubernetes/ca.crt",
    servers: mergeAlike<NonNullable<LoadBalancerPool["servers"]>>(Object.fromEntries(servers), own?.servers),
    overrides: own?.overrides ?? {},
    hosts,
  };
  return { ...written, [kubernetesPool]: pool };
}

/** Where the pool listens on a host. */
export function poolBind(
  pool: LoadBalancerPool | undefined,
  host: string,
): { readonly address: string; readonly port: number } {
  const { address, port } = loadBalancerDefaults.bind;
  const override = pool?.overrides[host]?.bind;
  return {
    address: override?.address ?? pool?.bind?.address ?? address,
    port: override?.port ?? pool?.bind?.port ?? port,
  };
}
