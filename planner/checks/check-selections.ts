// Which hosts the sections name, and for which hosts they have overrides.
import type { HostSelection } from "#shared/schema/cluster-common.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding, Path } from "#shared/schema/finding.ts";
import { suggestion } from "#shared/schema/nearest.ts";
import { allHosts, selectedNames, selectHosts } from "../select-hosts.ts";

type Section = { readonly path: Path; readonly hosts: HostSelection; readonly overrides: object };

/** Unknown hosts and groups, sections without hosts, overrides for hosts that the section does not run on. */
export function checkSelections(config: ClusterConfig): readonly Finding[] {
  const sections: readonly Section[] = [
    ...(config.etcd === undefined ? [] : [{ path: ["etcd"], ...config.etcd }]),
    ...Object.entries(config.apiLoadBalancers).map(([pool, section]) => ({
      path: ["apiLoadBalancers", pool],
      ...section,
    })),
    ...Object.entries(config.containers).map(([group, section]) => ({ path: ["containers", group], ...section })),
  ];
  return sections.flatMap((section) => [...checkNames(config, section), ...checkOverrides(config, section)]);
}

function checkNames(config: ClusterConfig, { path, hosts }: Section): readonly Finding[] {
  const known = [...Object.keys(config.hosts), ...Object.keys(config.hostGroups), allHosts];
  const set = new Set(known);
  const names = selectedNames(hosts);
  if (names.length === 0) return [{ path: [...path, "hosts"], problem: "no host is named" }];
  return names.flatMap((name, index) => {
    const at = typeof hosts === "string" ? [...path, "hosts"] : [...path, "hosts", index];
    return set.has(name)
      ? []
      : [{ path: at, problem: `unknown host or host group ${name}`, hint: suggestion(name, known) }];
  });
}

function checkOverrides(config: ClusterConfig, { path, hosts, overrides }: Section): readonly Finding[] {
  const selected = selectHosts(config, hosts);
  const set = new Set(selected);
  return Object.keys(overrides)
    .filter((host) => !set.has(host))
    .map((host) => {
      const problem = Object.hasOwn(config.hosts, host)
        ? `${host} is not among the hosts of this section`
        : `unknown host ${host}`;
      return { path: [...path, "overrides", host], at: "key", problem, hint: suggestion(host, selected) };
    });
}
