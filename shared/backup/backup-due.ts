// When the next backup is due, told from those that are there. Members have turns of their own: `every` divided among them.
import type { BackupName } from "./backup-name.ts";

export type BackupTurns = {
  readonly everyMs: number;
  /** How long after a multiple of `everyMs` since 1970 the turn is. */
  readonly offsetMs: number;
};

/** The turn of a member: the first of three begins at a multiple of `every`, the second a third of it later. */
export function offsetOf(member: string, members: readonly string[], everyMs: number): number {
  const sorted = members.toSorted();
  return Math.floor((Math.max(0, sorted.indexOf(member)) * everyMs) / Math.max(1, sorted.length));
}

/** Epoch milliseconds; not after `now` when it is due. Without a backup it is due at once. */
export function nextBackupAt(
  { everyMs, offsetMs }: BackupTurns,
  good: readonly Pick<BackupName, "takenAt">[],
  now: number,
): number {
  // what a clock that ran ahead has stamped must not keep the next one off for years
  const known = good.map(({ takenAt }) => takenAt).filter((takenAt) => takenAt <= now + everyMs);
  if (known.length === 0) return now;
  // a name tells whole seconds, and the turn may have been within one
  const last = Math.max(...known) + 999;
  return Math.floor((last - offsetMs) / everyMs) * everyMs + offsetMs + everyMs;
}

const drillEveryMs = 7 * 24 * 3_600_000;

/** Backups are read again and the newest is restored once a week; `at` is when that was done last, epoch milliseconds. */
export function isDrillDue(at: number | undefined, now: number): boolean {
  return at === undefined || now - at >= drillEveryMs || at > now + drillEveryMs;
}
