// A further minor version where hosts were asked which one they run: without their word the next one is not given out. Pure.
import type { Finding } from "#shared/document/finding.ts";
import type { EtcdState, KubernetesState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { etcdMember } from "#planner/cluster/etcd-member.ts";
import { compareVersions, etcdVersionOf, tagOf } from "#planner/cluster/versions/etcd-version.ts";
import type { Fleet } from "#planner/fleet/fleet.ts";
import { reached } from "#planner/fleet/reached.ts";
import type { Requirement } from "#planner/fleet/reached.ts";
import { apiServerVersions } from "./check-skew.ts";

/** `fleet` is undefined where nobody was asked; then splits before have to do. */
export function checkProvenKubernetes(
  cluster: Cluster,
  state: KubernetesState | undefined,
  fleet: Fleet | undefined,
): readonly Finding[] {
  const [before, now] = [state?.apiServers, apiServerVersions(cluster)];
  if (fleet === undefined || before === undefined || now === undefined || now.newest <= before.oldest) return [];
  const hosts = cluster.kubernetes?.controlPlane ?? [];
  const force = "for a cluster that is not up: split --force-version";
  return unproven(
    hosts,
    { fleet, path: ["kubernetes", "version"], force },
    { kind: "kubernetes", minor: before.oldest },
  );
}

/** Members that are new have nothing that could be older. */
export function checkProvenEtcd(
  cluster: Cluster,
  before: EtcdState | undefined,
  fleet: Fleet | undefined,
): readonly Finding[] {
  if (fleet === undefined || before === undefined || !cluster.bootstrapped) return [];
  const known = Object.values(before.members).flatMap(({ version }) => etcdVersionOf(version ?? "") ?? []);
  const [oldest] = known.toSorted(compareVersions);
  const kept = Object.keys(cluster.members).filter((host) => Object.hasOwn(before.members, host));
  const isFurther = kept.some((host) => {
    const version = etcdVersionOf(tagOf(etcdMember(cluster.config, host).image) ?? "");
    return version !== undefined && oldest !== undefined && version.minor > oldest.minor;
  });
  if (!isFurther || oldest === undefined) return [];
  const force = "when etcd may be away for a while: split --force-etcd";
  return unproven(kept, { fleet, path: ["etcd"], force }, { kind: "etcd", minor: oldest.minor });
}

type Step = { readonly fleet: Fleet; readonly path: readonly string[]; readonly force: string };

function unproven(hosts: Iterable<string>, { fleet, path, force }: Step, requirement: Requirement): readonly Finding[] {
  const found = reached(hosts, fleet, requirement);
  if (found.ok) return [];
  return found.missing.map(({ host, why, hint }) => ({
    path: [...path],
    problem: `${host} is not proven to be ready for it: ${why}`,
    hint: `${hint}; ${force}`,
  }));
}
