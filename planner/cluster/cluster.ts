// A cluster as the components see it: its config, the files it names, who runs what.
import type { ClusterConfig, LoadBalancerPool } from "#shared/schema/cluster-config.ts";
import type { EtcdState, KubernetesState, PlannerState, RestoreState } from "#shared/schema/planner-state.ts";
import type { Pins } from "#planner/pins/pins.ts";
import type { EtcdPeer } from "./etcd-member.ts";
import { etcdMember } from "./etcd-member.ts";
import type { EtcdMembers } from "./etcd-members.ts";
import { etcdMembersOf } from "./etcd-members.ts";
import { restoreInForce, tokenOf } from "./etcd-restore.ts";
import type { LeafLife } from "./leaf-life.ts";
import { leafLife } from "./leaf-life.ts";
import type { ResolvedKubernetes } from "./kubernetes/resolved-kubernetes.ts";
import { resolveKubernetes } from "./kubernetes/resolved-kubernetes.ts";
import { loadBalancerPools } from "./load-balancer-pools.ts";
import { selectHosts } from "./layers/select-hosts.ts";
import { type Users, usersOf } from "./users.ts";

export type Cluster = {
  readonly config: ClusterConfig;
  /** Text of the files that the config names, by the name it uses. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The operator has said that etcd is up. */
  readonly bootstrapped: boolean;
  /** Whom the components run as. */
  readonly users: Users;
  /** All etcd members by host, sorted by name. */
  readonly members: Readonly<Record<string, EtcdPeer>>;
  readonly membership: Omit<EtcdMembers, "members">;
  readonly leafLife: LeafLife;
  /** As splits before have left it. */
  readonly backups: PlannerState["backups"];
  /** What etcd began from last; undefined when it was never restored. */
  readonly restore: RestoreState | undefined;
  readonly care: PlannerState["care"];
  /** Digests of images; undefined where none are kept. */
  readonly pins: Pins | undefined;
  /** Host configs are signed and sealed besides. */
  readonly sealed: PlannerState["sealed"];
  /** What is known of Kubernetes from splits before. */
  readonly state: KubernetesState | undefined;
  /** Undefined when the cluster has no Kubernetes. */
  readonly kubernetes: ResolvedKubernetes | undefined;
  /** Load balancer pools by name, those of the config and Kubernetes' own. */
  readonly pools: Readonly<Record<string, LoadBalancerPool>>;
  /** Section (`etcd`, `containers/web`) → hosts it runs on. */
  readonly selections: ReadonlyMap<string, ReadonlySet<string>>;
  /** Container groups by host, in the order of the config: so that no host has to ask all of them. */
  readonly groupsOn: ReadonlyMap<string, readonly string[]>;
};

/** What splits before decided for this cluster, as the state has it. */
export type Decided = Readonly<
  Partial<Pick<PlannerState, "leaves" | "backups" | "restores" | "care" | "membership" | "sealed">>
>;

type ClusterOptions = Decided & {
  readonly inputs: ReadonlyMap<string, string>;
  readonly bootstrapped: boolean;
  readonly state?: KubernetesState | undefined;
  /** As splits before left it. */
  readonly etcd?: EtcdState | undefined;
  /** Members whose data is lost. */
  readonly replaced?: readonly string[] | undefined;
  readonly pins?: Pins | undefined;
  /** Before this split; unset for a cluster that is new. */
  readonly users?: Users | undefined;
};

/** Resolves selections and members once for all hosts. */
export function clusterOf(config: ClusterConfig, options: ClusterOptions): Cluster {
  const { inputs, bootstrapped, state } = options;
  const kubernetes = resolveKubernetes(config, state);
  const pools = loadBalancerPools(config, kubernetes);
  const selections = selectionsOf(config, pools);
  const restore = restoreInForce(options.restores);
  const { members, ...membership } = etcdMembersOf(config, placesOf(config, selections), {
    before: options.etcd,
    replaced: options.replaced ?? [],
    bootstrapped,
    kept: options.membership,
    token: tokenOf(config, restore),
  });
  return {
    config,
    inputs,
    bootstrapped,
    leafLife: leafLife(config, options.leaves),
    backups: options.backups,
    restore,
    care: options.care,
    pins: options.pins,
    sealed: options.sealed,
    users: usersOf(config, options.users ?? "separate"),
    state,
    selections,
    groupsOn: groupsOn(config, selections),
    members,
    membership,
    kubernetes,
    pools,
  };
}

function selectionsOf(config: ClusterConfig, pools: Cluster["pools"]): Cluster["selections"] {
  const sections = [
    ...(config.etcd === undefined ? [] : [["etcd", config.etcd.hosts] as const]),
    ...Object.entries(pools).map(([pool, { hosts = [] }]) => [`apiLoadBalancers/${pool}`, hosts] as const),
    ...Object.entries(config.containers).map(([group, { hosts }]) => [`containers/${group}`, hosts] as const),
  ];
  return new Map(sections.map(([section, hosts]) => [section, new Set(selectHosts(config, hosts))]));
}

function placesOf(config: ClusterConfig, selections: Cluster["selections"]): Readonly<Record<string, EtcdPeer>> {
  const places = [...(selections.get("etcd") ?? [])].toSorted().map((host) => {
    const { address, clientPort, peerPort } = etcdMember(config, host);
    return [host, { address, peerPort, clientPort }] as const;
  });
  return Object.fromEntries(places);
}

function groupsOn(
  { containers }: Pick<ClusterConfig, "containers">,
  selections: Cluster["selections"],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const group of Object.keys(containers))
    for (const host of selections.get(`containers/${group}`) ?? []) {
      const known = groups.get(host);
      if (known === undefined) groups.set(host, [group]);
      else known.push(group);
    }
  return groups;
}

/** Whether the section runs on the host. */
export function runsOn(cluster: Cluster, section: string, host: string): boolean {
  return cluster.selections.get(section)?.has(host) ?? false;
}
