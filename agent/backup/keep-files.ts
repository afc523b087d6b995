// Makes backups of what etcdctl has written, and removes those that newer ones stand in for. Killed anywhere, the next run goes on.
import { backupFileName, damagedName, recordName, temporaryNames, drillName } from "#shared/backup/backup-name.ts";
import type { BackupName } from "#shared/backup/backup-name.ts";
import { parseBackupRecord } from "#shared/backup/backup-record.ts";
import type { BackupRecord, DrillRecord } from "#shared/backup/backup-record.ts";
import { judgeBackups, surplusOf } from "#shared/backup/judge-backups.ts";
import type { Judged } from "#shared/backup/judge-backups.ts";
import type { SnapshotDigest } from "#shared/backup/snapshot-digest.ts";
import type { BackupDisk } from "./backup-disk.ts";
import type { KeepOrder } from "./keep-order.ts";

export type Kept = {
  /** Files that were read to their end and found whole. */
  readonly verified: readonly string[];
  readonly removed: readonly string[];
  /** Backups that are damaged, by the names that they had. */
  readonly damaged: readonly string[];
  /** Why the new snapshot is no backup. */
  readonly refused?: string | undefined;
  /** It was there and is not any more: between the two containers of one run another run was at work here. */
  readonly isGone?: boolean | undefined;
};

/** Throws what the system says; what was done until then stays, and nothing half made does, which takes room on a disk that is full. */
export function keepBackups(disk: BackupDisk, order: KeepOrder): Kept {
  try {
    const kept = keep(disk, order);
    sweep(disk, order);
    return kept;
  } catch (error) {
    try {
      sweep(disk, order);
    } catch {
      // the first error says more; the next run sweeps again
    }
    throw error;
  }
}

function keep(disk: BackupDisk, order: KeepOrder): Kept {
  const sealed = order.taken === undefined ? {} : seal(disk, order, order.taken);
  const proven = proveOthers(disk, order);
  const again = order.readsAll === true ? readAgain(disk, order) : nothing;
  const verified = [...(sealed.name === undefined ? [] : [sealed.name]), ...proven.verified, ...again.verified];
  const removed = removeSurplus(disk, order, verified);
  if (order.drilled !== undefined) writeDrill(disk, order, order.drilled);
  return {
    verified,
    removed,
    damaged: [...proven.damaged, ...again.damaged],
    refused: sealed.refused,
    isGone: sealed.isGone,
  };
}

type Found = Pick<Kept, "verified" | "damaged">;
const nothing: Found = { verified: [], damaged: [] };

function look(disk: BackupDisk, { owner, clusterId }: KeepOrder): Judged {
  const files = disk.list();
  const names = new Set(files.map(({ name }) => name));
  const records = new Map(
    files.flatMap(({ name }) => {
      const record = names.has(recordName(name)) ? parseBackupRecord(disk.read(recordName(name))) : undefined;
      return record === undefined ? [] : [[name, record] as const];
    }),
  );
  return judgeBackups(files, { ...owner, clusterId, records });
}

/**
 * What etcdctl wrote becomes a backup, or there is a reason why not. The record comes last, so that what has one was read to its
 * end.
 */
function seal(
  disk: BackupDisk,
  order: KeepOrder,
  taken: NonNullable<KeepOrder["taken"]>,
): Pick<Kept, "refused" | "isGone"> & { readonly name?: string } {
  const { taking } = temporaryNames(order.owner);
  if (!disk.list().some(({ name }) => name === taking))
    return { refused: "the snapshot is gone: another backup is under way on this host", isGone: true };
  const digest = disk.digest(taking);
  if (!digest.isWhole)
    return { refused: "the snapshot is not whole: the SHA-256 at its end is not that of what stands before it" };
  const newest = look(disk, order).good[0];
  if (newest !== undefined && newest.revision > taken.revision)
    return {
      refused: `the member is at revision ${taken.revision} and ${newest.name} is newer, so the member has lost data; move that file away if this is meant`,
    };
  const said = { clusterId: order.clusterId, ...taken };
  const name = backupFileName(order.owner, said);
  disk.sync(taking);
  disk.rename(taking, name);
  writeRecord(disk, order, { name, ...said, digest });
  return { name };
}

/** Whoever made these was ended in between; the name tells what they are. */
function proveOthers(disk: BackupDisk, order: KeepOrder): Found {
  const verified: string[] = [];
  const damaged: string[] = [];
  for (const { name, ...said } of look(disk, order).unproven) {
    const digest = disk.digest(name);
    if (digest.isWhole) {
      disk.sync(name);
      writeRecord(disk, order, { name, ...said, digest });
      verified.push(name);
    } else {
      disk.rename(name, damagedName(name));
      damaged.push(name);
    }
  }
  return { verified, damaged };
}

/** All that are good so far, against their records. */
function readAgain(disk: BackupDisk, order: KeepOrder): Found {
  const verified: string[] = [];
  const damaged: string[] = [];
  for (const { name, record } of look(disk, order).good) {
    const { isWhole, sha256 } = disk.digest(name);
    if (isWhole && sha256 === record.sha256) verified.push(name);
    else {
      disk.rename(name, damagedName(name));
      damaged.push(name);
    }
  }
  return { verified, damaged };
}

/** Only when the newest of all was read to its end in this very run. */
function removeSurplus(disk: BackupDisk, order: KeepOrder, verified: readonly string[]): readonly string[] {
  const { good } = look(disk, order);
  const [newest] = good;
  if (newest === undefined || !verified.includes(newest.name)) return [];
  const surplus = surplusOf(good, order.keep).map(({ name }) => name);
  for (const name of surplus) {
    disk.remove(name);
    disk.remove(recordName(name));
  }
  return surplus;
}

/** One run is at work in the directory at a time, so whatever is half done now is nobody's. */
function sweep(disk: BackupDisk, order: KeepOrder): void {
  for (const name of Object.values(temporaryNames(order.owner))) disk.remove(name);
  for (const name of look(disk, order).orphans) disk.remove(name);
}

function writeRecord(
  disk: BackupDisk,
  { owner, about }: KeepOrder,
  {
    name,
    clusterId,
    revision,
    takenAt,
    digest,
  }: BackupName & { readonly name: string; readonly digest: SnapshotDigest },
): void {
  const record: BackupRecord = {
    version: 1,
    ...owner,
    clusterId,
    revision,
    takenAt: new Date(takenAt).toISOString(),
    sha256: digest.sha256,
    bytes: digest.bytes,
    ...about,
  };
  put(disk, { owner, name: recordName(name) }, record);
}

function writeDrill(disk: BackupDisk, { owner }: KeepOrder, { backup, at }: NonNullable<KeepOrder["drilled"]>): void {
  const record: DrillRecord = { version: 1, at: new Date(at).toISOString(), backup };
  put(disk, { owner, name: drillName(owner) }, record);
}

function put(
  disk: BackupDisk,
  { owner, name }: { readonly owner: KeepOrder["owner"]; readonly name: string },
  value: object,
): void {
  const temporary = temporaryNames(owner).record;
  disk.write(temporary, `${JSON.stringify(value, undefined, 2)}\n`);
  disk.rename(temporary, name);
}
