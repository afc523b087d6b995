// The etcd section of a host config in itself: the member list must hold this member as it is.
import type { Finding } from "#shared/document/finding.ts";
import type { EtcdMember, HostConfig } from "#shared/schema/host-config.ts";
import { restoreId } from "#shared/backup/restore-id.ts";
import { ownValue } from "#shared/own-value.ts";

/** A member list without this member, with another address for it, or with one peer address twice. */
export function checkEtcd({ etcd }: HostConfig): readonly Finding[] {
  if (etcd === undefined) return [];
  const self = ownValue(etcd.members, etcd.name);
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
  return [...findings, ...checkRestore(etcd), ...checkCompaction(etcd)];
}

/** The token of a restored cluster names its snapshot: with two snapshots and one token, members would differ and not notice it. */
function checkRestore({ restore, token, bootstrap, members }: EtcdMember): readonly Finding[] {
  if (restore === undefined) return [];
  const ending = `-${restoreId(restore)}`;
  const alive = new Map(
    Object.entries(members).map(([name, { address, peerPort }]) => [`${address} ${peerPort}`, name]),
  );
  return [
    ...(token.endsWith(ending)
      ? []
      : [{ path: ["etcd", "token"], problem: `the token of a restored cluster ends with ${ending}` }]),
    ...(bootstrap
      ? [{ path: ["etcd", "bootstrap"], problem: "a cluster that begins from a snapshot is not founded without one" }]
      : []),
    ...restore.lost.flatMap(({ address, peerPort }, index) => {
      const name = alive.get(`${address} ${peerPort}`);
      if (name === undefined) return [];
      return [
        {
          path: ["etcd", "restore", "lost", index, "address"],
          problem: `the member ${name} of the new cluster is there`,
        },
      ];
    }),
  ];
}

/** A count is hours to the periodic mode; a duration is nothing to the other. */
function checkCompaction({ compaction }: EtcdMember): readonly Finding[] {
  return compaction?.mode !== "revision" || /^[0-9]+$/.test(compaction.retention)
    ? []
    : [
        {
          path: ["etcd", "compaction", "retention"],
          problem: "with mode revision it is a count of revisions, such as 10000",
        },
      ];
}
