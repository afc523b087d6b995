// Which files of a directory are a member's good backups, which must be looked into, and which may go.
import { parseBackupName, parseDamagedName, recordName } from "./backup-name.ts";
import type { BackupName, BackupOwner } from "./backup-name.ts";
import type { BackupRecord } from "./backup-record.ts";

/** A regular file in the directory. */
export type SeenFile = { readonly name: string; readonly bytes: number };

export type Backup = BackupName & { readonly name: string; readonly bytes: number; readonly record: BackupRecord };

export type Unproven = BackupName & { readonly name: string; readonly bytes: number };

export type Judged = {
  /** With a record that fits; the newest first, those of the cluster that was backed up last before those of former ones. */
  readonly good: readonly Backup[];
  /** Without one: whoever made it was ended before he was done. Of all cluster ids. */
  readonly unproven: readonly Unproven[];
  /** Damaged ones, by their present names. */
  readonly damaged: readonly string[];
  /** Records whose backup is gone. */
  readonly orphans: readonly string[];
};

export type Judging = BackupOwner & {
  /** Only this cluster's are good; all, where it is not known. */
  readonly clusterId?: string | undefined;
  /** By the backup's name. */
  readonly records: ReadonlyMap<string, BackupRecord>;
};

/** Files of others are in no list. */
export function judgeBackups(files: readonly SeenFile[], about: Judging): Judged {
  const named = files.flatMap((file) => {
    const said = parseBackupName(file.name, about);
    return said === undefined ? [] : [{ ...file, ...said }];
  });
  const good: Backup[] = [];
  const unproven: Unproven[] = [];
  for (const file of named) {
    const record = about.records.get(file.name);
    // a cluster and a member whose names make the same beginning
    if (record !== undefined && (record.cluster !== about.cluster || record.member !== about.member)) continue;
    if (record === undefined || !fits(record, file)) unproven.push(file);
    else if (about.clusterId === undefined || about.clusterId === file.clusterId) good.push({ ...file, record });
  }
  const names = new Set(files.map(({ name }) => name));
  return {
    good: newestFirst(good),
    unproven,
    damaged: files.flatMap(({ name }) => (parseDamagedName(name, about) === undefined ? [] : [name])),
    orphans: files.flatMap(({ name }) => {
      const backup = /^(.+)\.json$/.exec(name)?.[1];
      if (backup === undefined || parseBackupName(backup, about) === undefined) return [];
      return names.has(backup) ? [] : [recordName(backup)];
    }),
  };
}

/** Those beyond `keep`, the oldest first; never the newest. */
export function surplusOf(good: readonly Backup[], keep: number): readonly Backup[] {
  return good.slice(Math.max(1, keep)).toReversed();
}

function fits(record: BackupRecord, file: Unproven): boolean {
  return record.clusterId === file.clusterId && record.revision === file.revision && record.bytes === file.bytes;
}

/** A cluster's revisions only rise, and say nothing of another one's; the time is that of some clock. */
function newestFirst(backups: readonly Backup[]): readonly Backup[] {
  const last = new Map<string, number>();
  for (const { clusterId, takenAt } of backups) last.set(clusterId, Math.max(takenAt, last.get(clusterId) ?? 0));
  const lastOf = ({ clusterId }: BackupName): number => last.get(clusterId) ?? 0;
  return backups.toSorted(
    (a, b) =>
      lastOf(b) - lastOf(a) ||
      (a.clusterId === b.clusterId
        ? b.revision - a.revision || b.takenAt - a.takenAt
        : a.clusterId < b.clusterId
          ? -1
          : 1),
  );
}
