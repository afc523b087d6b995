// What is said of a restore: what etcd begins from, where the snapshot must lie, and what must not answer.
import { basename, posix } from "node:path";
import { rowsText } from "#shared/printable.ts";
import { restoreDirectory } from "#shared/expand/components/etcd.ts";
import { recordName } from "#shared/backup/backup-name.ts";
import { tokenOf } from "#planner/cluster/etcd-restore.ts";
import type { RestoreData } from "#planner/output/split-output.ts";
import { snapshotName } from "#planner/restore/snapshot.ts";
import type { PreparedSplit } from "#planner/split/prepared-split.ts";

const shownDigits = 12;

/** Empty for a split without a restore. */
export function restoreText(prepared: PreparedSplit): string {
  const { restore: restored } = prepared;
  if (restored === undefined) return "";
  const { restore, isRepeated, wish } = restored;
  const { file, sha256 } = wish.snapshot;
  const what = `${file} (${[...detailsOf(restored), `SHA-256 ${sha256.slice(0, shownDigits)}…`].join(", ")})`;
  if (isRepeated) {
    const when = restore.at === undefined ? "" : ` of ${restore.at}`;
    return rowsText([
      `restore ${restore.number}${when} is the one of ${what} for these members; to restore it once more, add --again`,
      ...placesText(prepared),
    ]);
  }
  return rowsText([
    `restore ${restore.number}: etcd begins anew from ${what}, as the cluster ${restore.clusterId}`,
    ...placesText(prepared),
    "  what was written after the snapshot is gone; a host's old data is kept beside the new",
  ]);
}

function detailsOf({ wish }: NonNullable<PreparedSplit["restore"]>): readonly string[] {
  const { file, record } = wish.snapshot;
  const revision = record?.revision ?? snapshotName(file)?.revision;
  return [
    ...(revision === undefined ? [] : [`revision ${revision}`]),
    ...(record === undefined ? [] : [`of ${record.takenAt} by ${record.member}`]),
  ];
}

function placesText(prepared: PreparedSplit): readonly string[] {
  const { restore: restored } = prepared;
  const places = snapshotPlaces(prepared);
  const made = places.find(({ found }) => found !== undefined);
  const names = places.map(({ host }) => host).join(", ");
  const lost = (restored?.restore.lost ?? []).map(({ name, address }) => `${name} (${address})`);
  return [
    `  ${names}: each begins when it has its host config and this very file, found by its SHA-256 among its backups or, under any name, in ${restoreDirectory}`,
    ...(made === undefined ? [] : [`  ${made.host} made it: ${made.found}, unless it has been removed there since`]),
    ...(lost.length === 0 ? [] : [`  none begins while a lost one answers: ${lost.join(", ")}`]),
  ];
}

type SnapshotPlace = { readonly host: string; readonly directories: readonly string[]; readonly found?: string };

/** On each member's host, where its agent looks for the snapshot, and where it most likely lies already. */
function snapshotPlaces({ hosts, restore }: PreparedSplit): readonly SnapshotPlace[] {
  const { file, record } = restore?.wish.snapshot ?? { file: "", record: undefined };
  return hosts.flatMap(({ host, config: { etcd } }) => {
    if (etcd === undefined) return [];
    const { backup } = etcd;
    const directories = [...(backup === undefined ? [] : [backup.directory]), restoreDirectory];
    const isMaker = backup !== undefined && record?.member === etcd.name && snapshotName(file) !== undefined;
    return [{ host, directories, ...(isMaker ? { found: posix.join(backup.directory, basename(file)) } : {}) }];
  });
}

/** The same as data; undefined for a split without a restore. */
export function restoreData(prepared: PreparedSplit): RestoreData | undefined {
  const { cluster, restore: restored } = prepared;
  if (restored === undefined) return undefined;
  const { restore, isRepeated, wish } = restored;
  const { file, bytes, record } = wish.snapshot;
  return {
    number: restore.number,
    repeated: isRepeated,
    clusterId: restore.clusterId,
    token: tokenOf(cluster.config, restore),
    snapshot: { file, bytes, sha256: restore.sha256, ...(record === undefined ? {} : { record: recordName(file) }) },
    hosts: snapshotPlaces(prepared),
    lost: restore.lost,
  };
}
