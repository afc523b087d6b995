// What people are told about backups of etcd.
import { ageText } from "#shared/age-text.ts";
import { sizeText } from "./size-text.ts";
import type { EtcdBackupReport } from "./etcd-backup-report.ts";

/** `etcd backup 2026-11-29T06:00:00Z, revision 48211, 14 MB, 6 kept in /var/lib/flexkube-backup`. */
export function backupLine({ newest, kept, directory, restoredAt }: EtcdBackupReport, now: number): string {
  if (newest === undefined) return `etcd backup: none yet in ${directory}`;
  const { takenAt, revision, bytes } = newest;
  const restored = restoredAt === undefined ? "" : `; restored in a drill ${ageText(now - Date.parse(restoredAt))} ago`;
  return `etcd backup ${takenAt} (${ageText(now - Date.parse(takenAt))} ago), revision ${revision}, ${sizeText(bytes)}, ${kept} kept in ${directory}${restored}`;
}

/** A turn may come late; when the second has passed too, something is wrong. */
const lateTurns = 2;

/** What somebody should do something about. */
export function backupWarnings(
  { newest, everyMs, directory, damaged, problem }: EtcdBackupReport,
  now: number,
): readonly string[] {
  const isOld = newest !== undefined && now - Date.parse(newest.takenAt) > lateTurns * everyMs;
  return [
    ...(problem === undefined ? [] : [`etcd backup: ${problem}`]),
    ...(isOld && problem === undefined ? [`etcd backup: the newest one is of ${newest.takenAt}`] : []),
    ...damaged.map((name) => `etcd backup: ${directory}/${name} is damaged: look after the disk, then remove it`),
  ];
}
