// Cares for the own etcd member beside the ticks, as backups are made.
import type { Log } from "#agent/log/round-log.ts";
import { createPauses } from "#agent/beside/pauses.ts";
import type { Pauses } from "#agent/beside/pauses.ts";
import type { Turns } from "#agent/beside/turns.ts";
import type { EtcdCareReport } from "#agent/report/etcd-care-report.ts";
import type { Clock } from "#shared/clock.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";
import type { HostForCare } from "./care-host.ts";
import { doCare } from "./do-care.ts";
import type { Cared } from "./do-care.ts";

export type CareKeeper = {
  /** Does what is due, unless it is at that already or has failed a moment ago. */
  readonly nudge: (desired: DesiredState | undefined) => void;
  /** As of the last look; undefined where the member is not cared for. */
  readonly report: () => EtcdCareReport | undefined;
};

export type CareKeeperOptions = {
  readonly hostFor: HostForCare;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly log: Pick<Log, "info" | "warn" | "debug">;
};

/** A look asks every member; nothing of it changes within seconds. */
const restMs = 10_000;

export function createCareKeeper({ hostFor, clock, turns, log }: CareKeeperOptions): CareKeeper {
  const pauses = createPauses(clock);
  let rule: EtcdCareRule | undefined;
  let cared: Cared | undefined;
  let isUnderWay = false;
  let nextAt = -Infinity;
  const take = async (wanted: EtcdCareRule, desired: DesiredState, signal: AbortSignal): Promise<void> => {
    cared = await doCare({ host: hostFor(wanted, desired, signal), rule: wanted, clock });
    const { kind } = cared.decision;
    if (kind === "defragment") log.info({ member: wanted.member }, "etcd was defragmented");
    if (kind === "compact")
      log.warn({ member: wanted.member }, "etcd, which has no space, has forgotten old revisions");
    if (kind === "disarm")
      log.warn({ member: wanted.member }, "the alarm NOSPACE of etcd was disarmed: its cause is gone");
    pauses.worked();
  };
  const fail = (error: unknown, { everyMs }: EtcdCareRule): void => {
    if (turns.isClosed()) return;
    const isNew = pauses.failed(error, everyMs);
    log[isNew ? "warn" : "debug"]({ reason: pauses.problem() }, "etcd was not cared for");
  };
  return {
    nudge: (desired) => {
      rule = desired?.etcdCare;
      const wanted = rule;
      if (wanted === undefined || desired === undefined || isUnderWay || turns.isClosed()) return;
      if (clock.now() < nextAt || !pauses.mayTry()) return;
      isUnderWay = true;
      void turns
        .take(async (signal) => take(wanted, desired, signal))
        .catch((error: unknown) => fail(error, wanted))
        .finally(() => {
          isUnderWay = false;
          nextAt = clock.now() + restMs;
        });
    },
    report: () => (rule === undefined ? undefined : reportOf(rule, cared, pauses)),
  };
}

function reportOf(rule: EtcdCareRule, cared: Cared | undefined, pauses: Pauses): EtcdCareReport {
  const problem = pauses.problem();
  const failed = problem === undefined ? {} : { problem };
  if (cared === undefined) return { quotaBytes: rule.quotaBytes, alarms: [], ...failed };
  const { seen, decision, record } = cared;
  const own = seen.members.find(({ name }) => name === seen.self)?.well;
  const command = decision.kind === "tell" && decision.command === "disarm" ? `: ${rule.etcdctl} alarm disarm` : "";
  return {
    quotaBytes: seen.quotaBytes,
    ...(own === undefined ? {} : { sizeBytes: own.sizeBytes, inUseBytes: own.inUseBytes }),
    alarms: seen.alarms.map(({ memberId, alarm }) => ({
      member: seen.members.find(({ id }) => id === memberId)?.name ?? memberId,
      alarm,
    })),
    ...(record.defragmentedAt === undefined ? {} : { defragmentedAt: new Date(record.defragmentedAt).toISOString() }),
    ...(record.disarm?.done === true ? { disarmedAt: new Date(record.disarm.at).toISOString() } : {}),
    ...(decision.kind === "wait" ? { waits: decision.reason } : {}),
    ...(decision.kind === "tell" ? { told: `${decision.reason}${command}` } : {}),
    ...failed,
  };
}
