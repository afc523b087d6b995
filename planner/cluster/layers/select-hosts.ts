// What `hosts:` of a section means: names of hosts and of host groups, or all.
import type { HostSelection } from "#shared/schema/words/cluster-words.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";

/** The word for every host. */
export const allHosts = "all";

/** Hosts in the order of the cluster config; names that are neither host nor group select nothing. */
export function selectHosts(
  config: Pick<ClusterConfig, "hosts" | "hostGroups">,
  selection: HostSelection,
): readonly string[] {
  const wanted = new Set(selectedNames(selection).flatMap((name) => config.hostGroups[name] ?? [name]));
  // as many sections as hosts may name one each
  const [only] = wanted;
  if (wanted.size === 1 && only !== undefined && only !== allHosts)
    return Object.hasOwn(config.hosts, only) ? [only] : [];
  return Object.keys(config.hosts).filter((host) => wanted.has(allHosts) || wanted.has(host));
}

/** The names as they were written. */
export function selectedNames(selection: HostSelection): readonly string[] {
  return typeof selection === "string" ? [selection] : selection;
}
