// Random small clusters with Kubernetes for property tests, valid whatever is chosen.
import fc from "fast-check";
import type { RandomCluster } from "./arbitrary-cluster.ts";
import { arbitraryCluster } from "./arbitrary-cluster.ts";

export type KubernetesClusterData = RandomCluster & {
  readonly kubernetes: { readonly version: string };
  readonly controlPlane: { readonly hosts: readonly string[]; readonly encryption: { readonly enabled: boolean } };
  readonly kubelets: Readonly<Record<string, { readonly hosts: readonly string[] }>>;
  readonly network: { readonly plugin: string };
};

/** At least one host each of etcd and of the control plane, any hosts with kubelets in up to two pools. */
export const arbitraryKubernetes: fc.Arbitrary<KubernetesClusterData> = arbitraryCluster.chain((cluster) => {
  const names = Object.keys(cluster.hosts);
  const some = fc.subarray(names, { minLength: 1 });
  return fc
    .record({
      etcd: some,
      controlPlane: some,
      first: fc.subarray(names),
      second: fc.subarray(names),
      encrypted: fc.boolean(),
      minor: fc.integer({ min: 34, max: 37 }),
      plugin: fc.constantFrom("bridge", "none"),
    })
    .map((chosen) => {
      const rest = chosen.second.filter((host) => !chosen.first.includes(host));
      const pools = Object.entries({ first: chosen.first, second: rest }).filter(([, hosts]) => hosts.length > 0);
      return {
        ...cluster,
        etcd: { hosts: chosen.etcd },
        apiLoadBalancers: elsewhere(cluster.apiLoadBalancers),
        kubernetes: { version: `1.${chosen.minor}.1` },
        controlPlane: { hosts: chosen.controlPlane, encryption: { enabled: chosen.encrypted } },
        kubelets: Object.fromEntries(pools.map(([pool, hosts]) => [pool, { hosts }])),
        network: { plugin: chosen.plugin },
      };
    });
});

/** Hosts with a kubelet. */
export function nodesOf({ kubelets }: KubernetesClusterData): readonly string[] {
  return Object.values(kubelets).flatMap(({ hosts }) => hosts);
}

/** The cluster with one more host, which has a kubelet only. */
export function withWorker(cluster: KubernetesClusterData, name: string): KubernetesClusterData {
  const first = cluster.kubelets["first"]?.hosts ?? [];
  return {
    ...cluster,
    hosts: { [name]: { address: "10.9.9.9" }, ...cluster.hosts },
    kubelets: { ...cluster.kubelets, first: { hosts: [name, ...first] } },
  };
}

/** Off the ports of Kubernetes' own load balancer. */
function elsewhere(pools: RandomCluster["apiLoadBalancers"]): RandomCluster["apiLoadBalancers"] {
  const moved = Object.entries(pools).map(
    ([name, pool]) => [name, { ...pool, bind: { port: 8443 }, ops: { port: 8080 } }] as const,
  );
  return Object.fromEntries(moved);
}
