// A cluster as the components see it: its config, the files it names, who runs what.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { EtcdPeer } from "./components/etcd-member.ts";
import { etcdMember } from "./components/etcd-member.ts";
import { selectHosts } from "./select-hosts.ts";

export type Cluster = {
  readonly config: ClusterConfig;
  /** Text of the files that the config names, by the name it uses. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The operator has said that etcd is up. */
  readonly bootstrapped: boolean;
  /** All etcd members by host, sorted by name. */
  readonly members: Readonly<Record<string, EtcdPeer>>;
  /** Section (`etcd`, `containers/web`) → hosts it runs on. */
  readonly selections: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Resolves selections and members once for all hosts. */
export function clusterOf(
  config: ClusterConfig,
  options: { readonly inputs: ReadonlyMap<string, string>; readonly bootstrapped: boolean },
): Cluster {
  const sections = [
    ...(config.etcd === undefined ? [] : [["etcd", config.etcd.hosts] as const]),
    ...Object.entries(config.apiLoadBalancers).map(([pool, { hosts }]) => [`apiLoadBalancers/${pool}`, hosts] as const),
    ...Object.entries(config.containers).map(([group, { hosts }]) => [`containers/${group}`, hosts] as const),
  ];
  const selections = new Map(sections.map(([section, hosts]) => [section, new Set(selectHosts(config, hosts))]));
  const members = [...(selections.get("etcd") ?? [])].toSorted().map((host) => {
    const { address, clientPort, peerPort } = etcdMember(config, host);
    return [host, { address, peerPort, clientPort }] as const;
  });
  return { config, ...options, selections, members: Object.fromEntries(members) };
}

/** Whether the section runs on the host. */
export function runsOn(cluster: Cluster, section: string, host: string): boolean {
  return cluster.selections.get(section)?.has(host) ?? false;
}
