// The etcd section of a host config in itself: the member list must hold this member as it is.
import type { Finding } from "#shared/document/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

/** A member list without this member, with another address for it, or with one peer address twice. */
export function checkEtcd({ etcd }: HostConfig): readonly Finding[] {
  if (etcd === undefined) return [];
  const self = etcd.members[etcd.name];
  if (self === undefined)
    return [{ path: ["etcd", "members"], at: "key", problem: `the member ${etcd.name} is not among the members` }];
  const findings: Finding[] = (["address", "peerPort", "clientPort"] as const)
    .filter((key) => self[key] !== etcd[key])
    .map((key) => ({ path: ["etcd", "members", etcd.name], at: "key", problem: `${key} differs from etcd.${key}` }));
  const taken = new Map<string, string>();
  for (const [name, { address, peerPort }] of Object.entries(etcd.members)) {
    const url = `${address} ${peerPort}`;
    const other = taken.get(url);
    if (other !== undefined)
      findings.push({
        path: ["etcd", "members", name],
        at: "key",
        problem: `the same address and peer port as ${other}`,
      });
    taken.set(url, name);
  }
  return findings;
}
