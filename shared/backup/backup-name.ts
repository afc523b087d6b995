// Names in a directory of backups. It may be shared, over a network, by members, clusters and whatever else: all that is a member's own
// begins with the cluster's and the member's name, and nothing else is ever touched.
import { parseUtcText, utcText } from "#shared/utc-text.ts";

/** Whose a backup is. */
export type BackupOwner = { readonly cluster: string; readonly member: string };

export type BackupName = {
  /** etcd's own id of the cluster, hexadecimal. */
  readonly clusterId: string;
  /** The backup holds this revision, and maybe some after it. */
  readonly revision: number;
  /** Epoch milliseconds, of whole seconds. */
  readonly takenAt: number;
};

/** `demo-h1-cdf818194e3a8c32-48211-20261129T060000Z.db`. */
export function backupFileName(owner: BackupOwner, { clusterId, revision, takenAt }: BackupName): string {
  return `${prefixOf(owner)}${clusterId}-${revision}-${timeText(takenAt)}.db`;
}

const pattern = /^([0-9a-f]{1,16})-([0-9]{1,16})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/;

/** What a name says; undefined for one that no backup of this member has. */
export function parseBackupName(name: string, owner: BackupOwner): BackupName | undefined {
  const prefix = prefixOf(owner);
  const match = name.startsWith(prefix) ? pattern.exec(name.slice(prefix.length)) : null;
  if (match === null) return undefined;
  const [, clusterId = "", revision = "", year, month, day, hour, minute, second] = match;
  const takenAt = parseUtcText(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (takenAt === undefined || !Number.isSafeInteger(Number(revision))) return undefined;
  const found = { clusterId, revision: Number(revision), takenAt };
  // such as a revision with leading zeros
  return backupFileName(owner, found) === name ? found : undefined;
}

/** Of the record beside a backup. */
export function recordName(backup: string): string {
  return `${backup}.json`;
}

/** What a backup is called from the moment that it was found to be damaged. */
export function damagedName(backup: string): string {
  return `${backup}.damaged`;
}

/** The damaged backup's name before; undefined for any other file, and for those of others. */
export function parseDamagedName(name: string, owner: BackupOwner): string | undefined {
  const backup = /^(.+)\.damaged$/.exec(name)?.[1];
  return backup !== undefined && parseBackupName(backup, owner) !== undefined ? backup : undefined;
}

/** Of what is on its way: the snapshot that etcdctl writes, a record, and the directory of a drill. */
export function temporaryNames(owner: BackupOwner): {
  readonly taking: string;
  /** etcdctl writes here and renames it when it is whole. */
  readonly part: string;
  readonly record: string;
  readonly drill: string;
} {
  const prefix = `.${prefixOf(owner)}`;
  return {
    taking: `${prefix}taking`,
    part: `${prefix}taking.part`,
    record: `${prefix}record`,
    drill: `${prefix}drill`,
  };
}

/** Whether anything of what is on its way is among them. */
export function isHalfMade(names: readonly string[], owner: BackupOwner): boolean {
  return Object.values(temporaryNames(owner)).some((name) => names.includes(name));
}

/** Of the record of the last drill. */
export function drillName(owner: BackupOwner): string {
  return `${prefixOf(owner)}drill.json`;
}

function prefixOf({ cluster, member }: BackupOwner): string {
  return `${cluster}-${member}-`;
}

/** `20261129T060000Z`. */
function timeText(epochMs: number): string {
  return utcText(epochMs).replaceAll(/[-:]/g, "");
}
