// Who owns what a host's components keep and read: known from split to split, so that all of it can follow to another user.
import type { Program } from "#shared/components/component-table.ts";
import type { SectionsWith } from "#shared/components/component.ts";
import type { HostConfig, Owner } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import { ownValue } from "#shared/own-value.ts";

/** Per host and component: user and group as `uid:gid`. */
export type Owners = NonNullable<PlannerState["owners"]>;

/** Sections with data, a log or keys that only their own user opens, and the components that they make: all but kubectl's. */
const sections = {
  etcd: "etcd",
  kubeApiserver: "kube-apiserver",
  kubeControllerManager: "kube-controller-manager",
  kubeScheduler: "kube-scheduler",
} as const satisfies { readonly [Name in Exclude<SectionsWith<"uid">, "clusterObjects">]: Program };

/** As many as the host config takes. */
const rememberedOwners = 16;

export function ownersIn(configs: readonly HostConfig[]): Owners {
  const owners = configs.map((config) => [config.host, ownersOf(config)] as const);
  return Object.fromEntries(owners.filter(([, each]) => Object.keys(each).length > 0).toSorted(byName));
}

function ownersOf(config: HostConfig): Owners[string] {
  return Object.fromEntries(componentsOf(config).map(({ key, owner }) => [key, owner]));
}

/** Whether anything of the host runs as that user and keeps files. */
export function hasOwner(config: HostConfig, uid: number): boolean {
  return componentsOf(config).some(({ owner }) => ownerOf(owner).uid === uid);
}

type Owned = {
  /** As the state calls it. */
  readonly key: string;
  /** As the host config's `formerOwners` does. */
  readonly component: string;
  readonly owner: string;
};

function componentsOf(config: HostConfig): readonly Owned[] {
  const named = Object.entries(sections).map(([key, component]) => {
    // the table's keys are its own names
    return { key, component, section: config[key as keyof typeof sections] };
  });
  const pools = Object.entries(config.apiLoadBalancers).map(([pool, section]) => {
    const component = `api-load-balancer-${pool}`;
    return { key: component, component, section };
  });
  return [...named, ...pools].flatMap(({ key, component, section }) =>
    section === undefined ? [] : [{ key, component, owner: textOf(section) }],
  );
}

export type KnownOwners = {
  /** As the split before left it. */
  readonly state: Pick<PlannerState, "owners" | "formerOwners">;
  /** Text of the host config that was given out last; read where the state does not tell. */
  readonly found: string | undefined;
};

/** The config with all users that its components ran as before, as far as they are known and not the present ones. */
export function withFormerOwners(config: HostConfig, { state, found }: KnownOwners): HostConfig {
  const { host } = config;
  const known = ownValue(state.owners, host) ?? {};
  const former = ownValue(state.formerOwners, host) ?? {};
  const now = componentsOf(config);
  const isKnown = now.every(({ key }) => Object.hasOwn(known, key));
  const before = isKnown || found === undefined ? undefined : readable(found, host);
  const told = before === undefined ? {} : ownersOf(before);
  const all = now.map(({ key, component, owner }) => {
    const earlier = ownValue(former, component) ?? ownValue(before?.formerOwners, component)?.map(textOf) ?? [];
    const last = ownValue(known, key) ?? ownValue(told, key);
    const others = [...new Set([...earlier, ...(last === undefined ? [] : [last])])].filter((other) => other !== owner);
    return [component, others.slice(-rememberedOwners).map(ownerOf)] as const;
  });
  const moved = all.filter(([, others]) => others.length > 0).toSorted(byName);
  if (moved.length === 0) return config;
  const { secrets, ...rest } = config;
  return { ...rest, formerOwners: Object.fromEntries(moved), secrets };
}

function readable(text: string, host: string): HostConfig | undefined {
  const parsed = parseHostConfig(text, host);
  return parsed.ok ? parsed.value : undefined;
}

/** What the state remembers of them. */
export function formerOwnersIn(configs: readonly HostConfig[]): NonNullable<PlannerState["formerOwners"]> {
  const all = configs.flatMap(({ host, formerOwners }) => (formerOwners === undefined ? [] : [{ host, formerOwners }]));
  return Object.fromEntries(
    all.map(({ host, formerOwners }) => [
      host,
      Object.fromEntries(Object.entries(formerOwners).map(([name, owners]) => [name, owners.map(textOf)])),
    ]),
  );
}

function textOf({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

function ownerOf(text: string): Owner {
  const [uid, gid] = text.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
