// Who runs what: one user for each program of ours, or nobody for all, as clusters had it that began before.
import type { SectionsWith } from "#shared/components/component.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";

export type Users = NonNullable<PlannerState["users"]>;
type Owner = { readonly uid: number; readonly gid: number };

/** Places in the block of ids. They never change: data directories belong to them. */
const places = {
  etcd: 0,
  apiLoadBalancer: 1,
  kubeApiserver: 2,
  kubeControllerManager: 3,
  kubeScheduler: 4,
  clusterObjects: 5,
} as const satisfies { readonly [Name in SectionsWith<"uid"> | "apiLoadBalancer"]: number };

type Asked = { readonly config: Pick<ClusterConfig, "users">; readonly users: Users };

/** Fields for the component's section; empty where all are nobody, which is the host config's own default. */
export function userOf({ config, users }: Asked, component: keyof typeof places): Owner | object {
  if (users === "nobody") return {};
  const id = config.users.first + places[component];
  return { uid: id, gid: id };
}

/** One of the ids of the block. */
export function isOfBlock({ users }: Pick<ClusterConfig, "users">, id: number): boolean {
  return id >= users.first && id < users.first + Object.keys(places).length;
}

/** What holds now: the config's word, else what the cluster began with. */
export function usersOf(config: Pick<ClusterConfig, "users">, before: Users): Users {
  return config.users.assign ?? before;
}
