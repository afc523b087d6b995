// Any other container: one of each group on each of the group's hosts.
import { etcdContainerName } from "#shared/components/etcd.ts";
import type { ContainerGroup } from "#shared/schema/cluster-config.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { logDefaults } from "#planner/cluster/defaults.ts";
import { mergeLayers } from "#planner/cluster/layers/merge-layers.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { plainFragment } from "#planner/draft/fragment/fragment.ts";

/** The containers on this host, or undefined. */
export function containers(cluster: Cluster, host: string): Fragment | undefined {
  const groups = (cluster.groupsOn.get(host) ?? [])
    .flatMap((name) => {
      const group = cluster.config.containers[name];
      return group === undefined ? [] : [[name, container(group, host)] as const];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return groups.length === 0 ? undefined : plainFragment({ containers: Object.fromEntries(groups) });
}

function container(group: ContainerGroup, host: string): Readonly<Record<string, unknown>> {
  const { hosts: _hosts, overrides, ...section } = group;
  const override = overrides[host];
  const driver = override?.log?.driver ?? section.log?.driver;
  const dependsOn = override?.dependsOn ?? section.dependsOn;
  return {
    ...mergeLayers(logDefaults(driver), section, override),
    // `etcd` is the member of the same host, whatever the host's name
    ...(dependsOn === undefined
      ? {}
      : { dependsOn: dependsOn.map((name) => (name === "etcd" ? etcdContainerName(host) : name)) }),
  };
}
