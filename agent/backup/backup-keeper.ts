// Looks after backups beside the ticks: a snapshot may take minutes, and nothing else of the host waits for it.
import type { Log } from "#agent/log/round-log.ts";
import { createPauses } from "#agent/beside/pauses.ts";
import type { Pauses } from "#agent/beside/pauses.ts";
import type { Turns } from "#agent/beside/turns.ts";
import { judged, makeDue } from "./make-backup.ts";
import type { BackupHost, BackupsSeen } from "./backup-host.ts";
import type { EtcdBackupReport } from "#agent/report/etcd-backup-report.ts";
import type { Clock } from "#shared/clock.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";

export type BackupKeeper = {
  /** Does what is due, unless it is at that already or has failed a moment ago. Undefined: backups are not wanted. */
  readonly nudge: (rule: EtcdBackupRule | undefined) => void;
  /** As of the last look. */
  readonly report: () => EtcdBackupReport | undefined;
};

export type KeeperOptions = {
  readonly hostFor: (rule: EtcdBackupRule) => BackupHost;
  readonly clock: Clock;
  /** What is cut short at their end is gone on with by the next agent. */
  readonly turns: Turns;
  readonly log: Pick<Log, "info" | "warn" | "debug">;
};

type Memory = {
  readonly pauses: Pauses;
  seen: BackupsSeen | undefined;
  /** No container of a turn before can be there any more. */
  isClear: boolean;
};

export function createBackupKeeper({ hostFor, clock, log, turns }: KeeperOptions): BackupKeeper {
  const memory: Memory = { pauses: createPauses(clock), seen: undefined, isClear: false };
  const { pauses } = memory;
  let rule: EtcdBackupRule | undefined;
  let isUnderWay = false;
  const take = async (wanted: EtcdBackupRule, signal: AbortSignal): Promise<void> => {
    const host = hostFor(wanted);
    if (pauses.mayTry()) {
      if (!memory.isClear) await host.clear();
      memory.isClear = true;
      const before = newestOf(memory.seen, wanted);
      await makeDue({ host, rule: wanted, clock, signal });
      memory.seen = await host.look(signal);
      const made = newestOf(memory.seen, wanted);
      if (made !== before) {
        log.info({ backup: made }, "a backup of etcd is there");
        memory.isClear = false;
      }
      pauses.worked();
    } else memory.seen = await host.look(signal);
  };
  const fail = (error: unknown, { everyMs }: EtcdBackupRule): void => {
    if (turns.isClosed()) return;
    memory.isClear = false;
    const isNew = pauses.failed(error, everyMs);
    log[isNew ? "warn" : "debug"]({ reason: pauses.problem() }, "no backup of etcd was made");
  };
  return {
    nudge: (wanted) => {
      rule = wanted;
      if (wanted === undefined || isUnderWay || turns.isClosed()) return;
      isUnderWay = true;
      void turns
        .take(async (signal) => take(wanted, signal))
        .catch((error: unknown) => fail(error, wanted))
        .finally(() => {
          isUnderWay = false;
        });
    },
    report: () => (rule === undefined ? undefined : reportOf(rule, memory)),
  };
}

function newestOf(seen: BackupsSeen | undefined, rule: EtcdBackupRule): string | undefined {
  return judged(seen, rule).good[0]?.name;
}

function reportOf(rule: EtcdBackupRule, { pauses, seen }: Memory): EtcdBackupReport {
  const problem = pauses.problem();
  const { good, damaged } = judged(seen, rule);
  const [newest] = good;
  return {
    directory: rule.directory,
    everyMs: rule.everyMs,
    kept: good.length,
    damaged: [...damaged],
    failures: pauses.failures(),
    ...(newest === undefined
      ? {}
      : {
          newest: {
            name: newest.name,
            takenAt: newest.record.takenAt,
            revision: newest.revision,
            bytes: newest.bytes,
          },
        }),
    ...(seen?.drill === undefined ? {} : { restoredAt: seen.drill.at }),
    ...(problem === undefined ? {} : { problem }),
  };
}
