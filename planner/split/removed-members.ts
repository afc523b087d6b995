// etcd members that the cluster config no longer has: etcd itself is not told by taking out a host.
import { filesAt, liveFilesAt } from "#shared/expand/components/etcd.ts";
import { etcdContainerName } from "#shared/schema/checks/container-names.ts";
import type { Finding } from "#shared/schema/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Cluster } from "../cluster.ts";

/**
 * A warning for each member that is no longer wanted, with what to type; none before etcd is up, when no member list is
 * in force. `before` are the cluster's host configs as they were, `gone` those of hosts that left the cluster config.
 */
export function removedMembers(
  { bootstrapped, members }: Cluster,
  before: readonly HostConfig[],
  gone: readonly HostConfig[],
): readonly Finding[] {
  const [survivor] = Object.entries(members);
  if (!bootstrapped || survivor === undefined) return [];
  const known = before.flatMap(({ etcd }) => Object.keys(etcd?.members ?? {}));
  // a file that is kept may name members that left long ago: only its own counts
  const own = gone.flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd.name]));
  const removed = [...new Set([...known, ...own])].filter((name) => !Object.hasOwn(members, name)).toSorted();
  const [host, { clientPort }] = survivor;
  return removed.map((name) => ({
    path: ["etcd", "hosts"],
    problem: `${name} is taken out here, but etcd counts it as a member until it is removed there`,
    hint: `before its agent gets the new state, on ${host}: ${etcdctl(host, clientPort)} member list, and the same with member remove and the ID of ${name}; its data stays on the host until flexkube-agent reset --data`,
  }));
}

function etcdctl(host: string, clientPort: number): string {
  const files = `--cacert ${filesAt}/ca.crt --cert ${liveFilesAt}/server.crt --key ${liveFilesAt}/server.key`;
  return `docker exec ${etcdContainerName(host)} etcdctl --endpoints https://127.0.0.1:${clientPort} ${files}`;
}
