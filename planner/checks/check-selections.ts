// Which hosts the sections name, and for which hosts they have overrides.
import type { HostSelection } from "#shared/schema/words/cluster-words.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { suggestionsFrom } from "#shared/nearest.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { kubernetesPool } from "#planner/cluster/load-balancer-pools.ts";
import { allHosts, selectedNames, selectHosts } from "#planner/cluster/layers/select-hosts.ts";

type Section = {
  readonly path: Path;
  readonly hosts: HostSelection | undefined;
  readonly overrides: object;
  /** Hosts it runs on where that is more than `hosts` says. */
  readonly runsOn?: readonly string[] | undefined;
  /** It may leave `hosts` out. */
  readonly optional?: boolean;
};

/** Unknown hosts and groups, sections without hosts, overrides for hosts that the section does not run on. */
export function checkSelections({ config, pools }: Cluster): readonly Finding[] {
  const balancers = Object.entries(config.apiLoadBalancers).map(([pool, { hosts, overrides }]) => ({
    path: ["apiLoadBalancers", pool],
    hosts,
    overrides,
    ...(pool === kubernetesPool && pools[pool] !== undefined
      ? { optional: true, runsOn: selectHosts(config, pools[pool].hosts ?? []) }
      : {}),
  }));
  const sections: readonly Section[] = [
    ...(config.etcd === undefined ? [] : [sectionOf(["etcd"], config.etcd)]),
    ...balancers,
    ...(config.controlPlane === undefined ? [] : [sectionOf(["controlPlane"], config.controlPlane)]),
    ...Object.entries(config.kubelets).map(([pool, each]) => sectionOf(["kubelets", pool], each)),
    ...Object.entries(config.containers).map(([group, each]) => sectionOf(["containers", group], each)),
  ];
  const names = [...Object.keys(config.hosts), ...Object.keys(config.hostGroups), allHosts];
  const known = { set: new Set(names), hint: suggestionsFrom(names) };
  return sections.flatMap((section) => [...checkNames(known, section), ...checkOverrides(config, section)]);
}

function sectionOf(path: Path, { hosts, overrides }: Pick<Section, "hosts" | "overrides">): Section {
  return { path, hosts, overrides };
}

type Known = { readonly set: ReadonlySet<string>; readonly hint: (word: string) => string | undefined };

function checkNames({ set, hint }: Known, { path, hosts, optional }: Section): readonly Finding[] {
  if (hosts === undefined)
    return optional === true ? [] : [{ path: [...path, "hosts"], problem: "required, but missing", at: "key" }];
  const names = selectedNames(hosts);
  if (names.length === 0) return [{ path: [...path, "hosts"], problem: "no host is named" }];
  return names.flatMap((name, index) => {
    const at = typeof hosts === "string" ? [...path, "hosts"] : [...path, "hosts", index];
    return set.has(name) ? [] : [{ path: at, problem: `unknown host or host group ${name}`, hint: hint(name) }];
  });
}

function checkOverrides(config: ClusterConfig, { path, hosts, overrides, runsOn }: Section): readonly Finding[] {
  const selected = runsOn ?? selectHosts(config, hosts ?? []);
  const set = new Set(selected);
  const hint = suggestionsFrom(selected);
  return Object.keys(overrides)
    .filter((host) => !set.has(host))
    .map((host) => {
      const problem = Object.hasOwn(config.hosts, host)
        ? `${host} is not among the hosts of this section`
        : `unknown host ${host}`;
      return { path: [...path, "overrides", host], at: "key", problem, hint: hint(host) };
    });
}
