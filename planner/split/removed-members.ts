// etcd members that the cluster config no longer has: etcd itself is not told by taking out a host.
import { filesAt, liveFilesAt } from "#shared/expand/components/etcd.ts";
import { etcdContainerName } from "#shared/components/etcd.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";

/**
 * A warning for each member that is no longer wanted, with what to type; none before etcd is up, when no member list is
 * in force, nor where hosts tell etcd themselves. `before` are the cluster's host configs as they were, `gone` those of hosts that left the cluster config.
 */
export function removedMembers(
  { bootstrapped, members, membership, restore }: Cluster,
  before: readonly HostConfig[],
  gone: readonly HostConfig[],
): readonly Finding[] {
  if (!bootstrapped || membership.isOn) return [];
  const known = [...before, ...gone].flatMap(({ etcd }) => Object.keys(etcd?.members ?? {}));
  // a file that is kept may name members that left long ago: only its own counts
  const own = gone.flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd.name]));
  const listed = before.flatMap(({ etcd }) => Object.keys(etcd?.members ?? {}));
  const lost = new Set((restore?.lost ?? []).map(({ name }) => name));
  const removed = [...new Set([...listed, ...own])]
    .filter((name) => !Object.hasOwn(members, name) && !lost.has(name))
    .toSorted();
  // a member that is new here has no data, and perhaps no cluster yet
  const survivor = Object.entries(members).find(([name]) => known.includes(name)) ?? oldMember([...before, ...gone]);
  if (survivor === undefined) return [];
  const [host, { clientPort }] = survivor;
  return removed.map((name) => ({
    path: ["etcd", "hosts"],
    problem: `${name} is taken out here, but etcd counts it as a member until it is removed there`,
    hint: `before its agent gets the new state, on ${host}: ${etcdctl(host, clientPort)} member list, and the same with member remove and the ID of ${name}; its data stays on the host until flexkube-agent reset --data`,
  }));
}

/** One that is there as long as its host has not got the new state. */
function oldMember(configs: readonly HostConfig[]): readonly [string, { readonly clientPort: number }] | undefined {
  const [first] = configs.flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd]));
  return first === undefined ? undefined : [first.name, first];
}

function etcdctl(host: string, clientPort: number): string {
  const files = `--cacert ${filesAt}/ca.crt --cert ${liveFilesAt}/server.crt --key ${liveFilesAt}/server.key`;
  return `docker exec ${etcdContainerName(host)} etcdctl --endpoints https://127.0.0.1:${clientPort} ${files}`;
}
