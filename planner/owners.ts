// Who owns what a host's components keep and read: known from split to split, since nobody gives it to another user.
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";

/** Per host and component: user and group as `uid:gid`. */
export type Owners = NonNullable<PlannerState["owners"]>;

/** Sections with data, a log or keys that only their own user opens. */
const sections = ["etcd", "kubeApiserver", "kubeControllerManager", "kubeScheduler"] as const;
export type OwnerSection = (typeof sections)[number];

export function ownersIn(configs: readonly HostConfig[]): Owners {
  const owners = configs.map((config) => [config.host, ownersOf(config)] as const);
  return Object.fromEntries(owners.filter(([, own]) => Object.keys(own).length > 0).toSorted(byHost));
}

function ownersOf(config: HostConfig): Owners[string] {
  return Object.fromEntries(
    sections.flatMap((name) => {
      const section = config[name];
      return section === undefined ? [] : [[name, `${section.uid}:${section.gid}`]];
    }),
  );
}

function byHost([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
