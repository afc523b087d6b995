// Looks after backups beside the ticks: a snapshot may take minutes, and nothing else of the host waits for it.
import type { Logger } from "pino";
import { judged, makeDue } from "./make-backup.ts";
import type { BackupHost, BackupsSeen } from "./backup-host.ts";
import type { EtcdBackupReport } from "#agent/report/etcd-backup-report.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { ErrorCode } from "#shared/errors.ts";
import { reasonOf } from "#shared/reason-of.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";

export type BackupKeeper = {
  /** Does what is due, unless it is at that already or has failed a moment ago. Undefined: backups are not wanted. */
  readonly nudge: (rule: EtcdBackupRule | undefined) => void;
  /** As of the last look. */
  readonly report: () => EtcdBackupReport | undefined;
  /** Resolves when nothing is under way any more; what was is cut short, and gone on with by the next agent. */
  readonly close: () => Promise<void>;
};

export type KeeperOptions = {
  readonly hostFor: (rule: EtcdBackupRule) => BackupHost;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "debug">;
};

const firstPauseMs = 15_000;
const longestPauseMs = 30 * 60_000;
/** These say that somebody else is at work, or that etcd is ill, which is told elsewhere. */
const noFailures: ReadonlySet<ErrorCode> = new Set(["STEP_LOCKED", "ETCD_UNREACHABLE"]);

type Memory = {
  failures: number;
  inARow: number;
  retryAt: number;
  problem: string | undefined;
  seen: BackupsSeen | undefined;
  /** No container of a turn before can be there any more. */
  isClear: boolean;
};

export function createBackupKeeper({ hostFor, clock, log }: KeeperOptions): BackupKeeper {
  const end = new AbortController();
  const memory: Memory = { failures: 0, inARow: 0, retryAt: 0, problem: undefined, seen: undefined, isClear: false };
  let rule: EtcdBackupRule | undefined;
  let turn: Promise<void> | undefined;
  const take = async (wanted: EtcdBackupRule): Promise<void> => {
    const host = hostFor(wanted);
    const { signal } = end;
    if (clock.now() >= memory.retryAt) {
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
      Object.assign(memory, { inARow: 0, problem: undefined });
    } else memory.seen = await host.look(signal);
  };
  const fail = (error: unknown, { everyMs }: EtcdBackupRule): void => {
    if (end.signal.aborted) return;
    const reason = reasonOf(error);
    memory.isClear = false;
    memory.inARow += 1;
    const pause = Math.min(firstPauseMs * 2 ** Math.min(memory.inARow - 1, 10), longestPauseMs, everyMs);
    memory.retryAt = clock.now() + pause;
    if (!isFlexkubeError(error) || !noFailures.has(error.code)) memory.failures += 1;
    log[memory.problem === reason ? "debug" : "warn"]({ reason }, "no backup of etcd was made");
    memory.problem = reason;
  };
  return {
    nudge: (wanted) => {
      rule = wanted;
      if (wanted === undefined || turn !== undefined || end.signal.aborted) return;
      turn = take(wanted)
        .catch((error: unknown) => fail(error, wanted))
        .finally(() => {
          turn = undefined;
        });
    },
    report: () => (rule === undefined ? undefined : reportOf(rule, memory)),
    close: async () => {
      end.abort(new Error("the agent ends"));
      await turn;
    },
  };
}

function newestOf(seen: BackupsSeen | undefined, rule: EtcdBackupRule): string | undefined {
  return judged(seen, rule).good[0]?.name;
}

function reportOf(rule: EtcdBackupRule, { failures, problem, seen }: Memory): EtcdBackupReport {
  const { good, damaged } = judged(seen, rule);
  const [newest] = good;
  return {
    directory: rule.directory,
    everyMs: rule.everyMs,
    kept: good.length,
    damaged: [...damaged],
    failures,
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
