// Whether a snapshot may be restored into this cluster: it is whole, and it is the cluster's own or one that was asked for by name.
import type { Problem } from "#shared/errors.ts";
import { recordName } from "#shared/backup/backup-name.ts";
import { hostOfMember } from "#shared/etcd-members/member-name.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotName } from "./snapshot.ts";

export type SnapshotJudgement = { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

export type Whose = {
  readonly cluster: string;
  /** Names that its members have or had. */
  readonly members: ReadonlySet<string>;
  /** The cluster whose data is wanted, where somebody has named it. */
  readonly fromCluster: string | undefined;
};

export function judgeSnapshot(snapshot: Snapshot, whose: Whose): SnapshotJudgement {
  const { file, isWhole, record } = snapshot;
  const about = (problem: string, hint: string): Problem => ({ path: "", file, problem, hint });
  const damage = isWhole
    ? []
    : [
        about(
          `it is damaged or no snapshot: its ${snapshot.bytes} bytes do not end with the SHA-256 of what stands before`,
          "take another backup; how a copy of a member's data becomes a snapshot stands in examples/recovery/README.md",
        ),
      ];
  const isOther = isWhole && record !== undefined && record.sha256 !== snapshot.sha256;
  const foreign = foreignOwner(snapshot, whose);
  return {
    problems: [
      ...damage,
      ...(isOther
        ? [
            about(
              `its record ${recordName(file)} is that of another file (SHA-256 ${record.sha256})`,
              "copy the backup and its record anew, or put the record away when it is the wrong one",
            ),
          ]
        : []),
      ...(foreign === undefined ? [] : [about(foreign.problem, foreign.hint)]),
    ],
    warnings: record === undefined ? [about(...unrecorded(file))] : [],
  };
}

function unrecorded(file: string): readonly [problem: string, hint: string] {
  const unknown = snapshotName(file) === undefined ? "its cluster and etcd's version are" : "etcd's version is";
  return [
    `no record that can be read lies beside it, so ${unknown} not known`,
    `copy ${recordName(file)} along where there is one; an older minor version of etcd must not restore what a newer one has written`,
  ];
}

type Foreign = { readonly problem: string; readonly hint: string };

/** Undefined for a snapshot of the wanted cluster, and for one of which nothing tells whose it is. */
function foreignOwner({ file, record }: Snapshot, { cluster, members, fromCluster }: Whose): Foreign | undefined {
  const wanted = fromCluster ?? cluster;
  if (record !== undefined) return record.cluster === wanted ? undefined : other(record.cluster, wanted);
  const owner = snapshotName(file)?.owner;
  if (owner === undefined) return undefined;
  if (!owner.startsWith(`${wanted}-`)) return other(undefined, wanted, owner);
  const member = owner.slice(wanted.length + 1);
  if (fromCluster !== undefined || members.has(hostOfMember(member))) return undefined;
  return {
    problem: `by its name it is of ${owner}, and ${cluster} has had no member ${member}`,
    hint: `when it is ${cluster}'s all the same, add --from-cluster ${cluster}`,
  };
}

function other(found: string | undefined, wanted: string, owner = ""): Foreign {
  const is = found === undefined ? `by its name of ${owner}` : `of the cluster ${found}`;
  const name = found ?? "and its cluster's name";
  return {
    problem: `it is ${is}, not of ${wanted}`,
    hint: `when the data of that cluster shall go on here, add --from-cluster ${name}`,
  };
}
