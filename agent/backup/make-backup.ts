// What is done about backups now, told from what is in their directory. Killed anywhere, the next turn goes on.
import type { Clock } from "#shared/clock.ts";
import { wallTime } from "#shared/clock.ts";
import { isDrillDue, nextBackupAt } from "#shared/backup/backup-due.ts";
import { judgeBackups } from "#shared/backup/judge-backups.ts";
import type { Judged } from "#shared/backup/judge-backups.ts";
import { restoredBytes } from "#shared/backup/restore-room.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import type { BackupHost, BackupsSeen, MemberState } from "./backup-host.ts";
import type { KeepOrder } from "./keep-order.ts";

/** One for the snapshot, and as much again for what grows meanwhile. */
const spaceFactor = 2;
/** Of a record beside a backup, many times over. */
const recordBytes = 64 * 1024;

export type Making = {
  readonly host: BackupHost;
  readonly rule: EtcdBackupRule;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Does all that is due: a backup, the end of one that was cut short, the weekly drill. Throws what kept it from that. */
export async function makeDue(making: Making): Promise<void> {
  const { host, rule, clock, signal } = making;
  const now = wallTime(clock).epochMs;
  const isDrillNeeded = (seen: BackupsSeen | undefined): boolean =>
    isDrillDue(seen?.drill && Date.parse(seen.drill.at), now);
  const isDue = (seen: BackupsSeen | undefined): boolean => nextBackupAt(rule, judged(seen, rule).good, now) <= now;
  const seen = await host.look(signal);
  if (!isDue(seen) && judged(seen, rule).unproven.length === 0 && !isDrillNeeded(seen)) return;
  const member = await host.askMember(signal);
  const proven = await proveOthers(making, member, seen);
  if (isDue(proven)) await takeBackup(making, member);
  if (isDrillNeeded(proven)) await drillBackups(making, member);
}

/** A backup, whether one is due or not. Throws STEP_WAITING where there must be none now, and what failed. */
export async function takeBackup(making: Making, known?: MemberState): Promise<void> {
  const { host, rule, clock, signal } = making;
  const member = known ?? (await host.askMember(signal));
  refuseToTake(member);
  const seen = (await host.look(signal)) ?? (await made(making));
  await withSpace(making, member, { seen, needed: member.dbBytes * spaceFactor });
  const takenAt = Math.floor(wallTime(clock).epochMs / 1000) * 1000;
  try {
    await host.takeSnapshot(signal);
  } catch (error) {
    // what it has left takes room, on a disk that may be full
    await host.keep(orderOf(rule, member), signal).catch(() => undefined);
    throw error;
  }
  await host.keep({ ...orderOf(rule, member), taken: { revision: member.revision, takenAt } }, signal);
}

/** Reads all backups once more and restores the newest into a temporary directory. Throws STEP_FAILED with what is wrong. */
export async function drillBackups(making: Making, known?: MemberState): Promise<void> {
  const { host, rule, clock, signal } = making;
  const member = known ?? (await host.askMember(signal));
  await proveOthers(making, member, await host.look(signal));
  const order = orderOf(rule, member);
  // the drill comes only once this one has ended well
  await host.keep({ ...order, readsAll: true }, signal);
  const seen = await host.look(signal);
  const newest = judged(seen, rule, member.clusterId).good[0];
  if (seen === undefined || newest === undefined) return;
  refuseWithoutSpace(seen, restoredBytes(newest.bytes), rule);
  await host.drillRestore(newest.name, signal);
  await host.keep({ ...order, drilled: { backup: newest.name, at: wallTime(clock).epochMs } }, signal);
}

/** Those whose making was cut short are read to their end, which a record is written for. What is there then. */
async function proveOthers(
  making: Making,
  member: MemberState,
  seen: BackupsSeen | undefined,
): Promise<BackupsSeen | undefined> {
  const { host, rule, signal } = making;
  if (seen === undefined || judged(seen, rule).unproven.length === 0) return seen;
  await withSpace(making, member, { seen, needed: recordBytes });
  await host.keep(orderOf(rule, member), signal);
  return host.look(signal);
}

/** What is there, of this member. */
export function judged(seen: BackupsSeen | undefined, rule: EtcdBackupRule, clusterId?: string): Judged {
  const { cluster, member } = rule;
  return judgeBackups(seen?.files ?? [], { cluster, member, clusterId, records: seen?.records ?? new Map() });
}

async function made({ host, rule, signal }: Making): Promise<BackupsSeen> {
  await host.makeDirectory(signal);
  const seen = await host.look(signal);
  if (seen !== undefined) return seen;
  throw new FlexkubeError("FILES_BLOCKED", "the directory of backups cannot be made", {
    path: rule.directory,
    found: "nothing",
    wanted: "a directory",
  });
}

function orderOf(rule: EtcdBackupRule, { clusterId, version }: MemberState): KeepOrder {
  const { cluster, member, members, token, generation, keep } = rule;
  return { owner: { cluster, member }, clusterId, keep, about: { etcdVersion: version, members, token, generation } };
}

/** A learner may lack what others have, and what is corrupt must not push out what is not. */
function refuseToTake({ isLearner, errors }: MemberState): void {
  const alarm = errors.find((error) => error.includes("CORRUPT"));
  const reason =
    alarm === undefined
      ? isLearner
        ? "the member is a learner, which may not have all data yet"
        : undefined
      : `etcd says that the data differs among its members (${alarm}); older backups are kept as they are`;
  if (reason !== undefined) throw new FlexkubeError("STEP_WAITING", "no backup is made now", { reason });
}

/** What a killed run has left takes the room of what is wanted now. Throws STEP_WAITING where there is too little without it, too. */
async function withSpace(
  { host, rule, signal }: Making,
  member: MemberState,
  { seen, needed }: { readonly seen: BackupsSeen; readonly needed: number },
): Promise<void> {
  if (seen.freeBytes >= needed) return;
  // whatever else it could not do on a disk that is full
  if (seen.isHalfMade) await host.keep(orderOf(rule, member), signal).catch(() => undefined);
  refuseWithoutSpace((await host.look(signal)) ?? seen, needed, rule);
}

function refuseWithoutSpace({ freeBytes }: BackupsSeen, needed: number, { directory }: EtcdBackupRule): void {
  if (freeBytes >= needed) return;
  throw new FlexkubeError("STEP_WAITING", "no backup is made now", {
    reason: `${directory} has ${freeBytes} bytes left, and ${needed} are needed: make room; the backups that are there stay`,
  });
}
