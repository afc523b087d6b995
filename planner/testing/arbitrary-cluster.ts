// Random small clusters for property tests, as data that is valid whatever is chosen.
import fc from "fast-check";

type Group = { readonly hosts: readonly string[]; readonly image: string; readonly files: readonly object[] };

export type RandomCluster = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly hosts: Readonly<Record<string, { readonly address: string }>>;
  readonly etcd?: { readonly hosts: readonly string[] };
  readonly apiLoadBalancers: Readonly<Record<string, { readonly hosts: readonly string[]; readonly servers: object }>>;
  readonly containers: Readonly<Record<string, Group>>;
  readonly secrets: Readonly<Record<string, { readonly content: string }>>;
};

const allNames = ["alpha", "beta", "gamma", "delta", "epsilon"];

/** One to five hosts, some with etcd, load balancers and containers; every container group has a secret of its own. */
export const arbitraryCluster: fc.Arbitrary<RandomCluster> = fc
  .integer({ min: 1, max: allNames.length })
  .chain((count) => {
    const names = allNames.slice(0, count);
    const some = fc.subarray(names, { minLength: 1 });
    return fc
      .record({ etcd: fc.subarray(names), balanced: fc.subarray(names), groups: fc.array(some, { maxLength: 3 }) })
      .map(({ etcd, balanced, groups }) => clusterOf(names, { etcd, balanced, groups }));
  });

/** The cluster with one more host, which runs etcd when `withEtcd`, and the load balancer. */
export function withHost(cluster: RandomCluster, name: string, withEtcd: boolean): RandomCluster {
  const { main } = cluster.apiLoadBalancers;
  return {
    ...cluster,
    hosts: { [name]: { address: "10.9.9.9" }, ...cluster.hosts },
    ...(withEtcd ? { etcd: { hosts: [name, ...(cluster.etcd?.hosts ?? [])] } } : {}),
    apiLoadBalancers: main === undefined ? {} : { main: { ...main, hosts: [name, ...main.hosts] } },
  };
}

/** As the text of a cluster config. */
export function clusterText(cluster: RandomCluster): string {
  // JSON is YAML
  return JSON.stringify(cluster);
}

function clusterOf(
  names: readonly string[],
  chosen: {
    readonly etcd: readonly string[];
    readonly balanced: readonly string[];
    readonly groups: readonly (readonly string[])[];
  },
): RandomCluster {
  const hosts = names.map((name, index) => [name, { address: `10.0.0.${index + 1}` }] as const);
  const groups = chosen.groups.map((on, index) => {
    const files = [{ path: "secret", secret: `secret-${index}` }];
    return [`group-${index}`, { hosts: on, image: "busybox", files }] as const;
  });
  const secrets = groups.map((_, index) => [`secret-${index}`, { content: `the secret of group ${index}` }] as const);
  const servers = { api: { address: "10.0.1.1", port: 6443 } };
  return {
    apiVersion: "flexkube/v1alpha1",
    kind: "Cluster",
    name: "random",
    hosts: Object.fromEntries(hosts),
    ...(chosen.etcd.length === 0 ? {} : { etcd: { hosts: chosen.etcd } }),
    apiLoadBalancers: chosen.balanced.length === 0 ? {} : { main: { hosts: chosen.balanced, servers } },
    containers: Object.fromEntries(groups),
    secrets: Object.fromEntries(secrets),
  };
}
