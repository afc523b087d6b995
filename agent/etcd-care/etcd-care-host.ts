// Care of a real member: through its own gateway, the disruption lock, and the agent's state directory.
import type { Log } from "#agent/log/round-log.ts";
import { isOneShotRunning } from "#agent/backup/one-shot.ts";
import type { Disruption } from "#agent/disruption/disruption.ts";
import { createHeldLock } from "#agent/disruption/held-lock.ts";
import type { Engine } from "#agent/engine/engine.ts";
import { createCallAt } from "#agent/etcd/ask-members.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import type { EtcdGateway } from "#agent/etcd/gateway.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import type { CareRecord, CareSeen } from "#shared/etcd-care/care-seen.ts";
import { lacksSpace } from "#shared/etcd-care/decide-care.ts";
import { reasonOf } from "#shared/reason-of.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";
import type { CareHost } from "./care-host.ts";
import { isCompactedBefore, lookAtRevisions } from "./look-at-compaction.ts";
import { lookAtMembers } from "./look-at-members.ts";

/** A file of 8 GiB, which is the most that etcd's authors advise, at 10 MB/s. */
const defragmentDeadlineMs = 15 * 60_000;
const disarmDeadlineMs = 10_000;

export type EtcdCareOptions = {
  readonly rule: EtcdCareRule;
  readonly desired: DesiredState;
  readonly engine: Pick<Engine, "list">;
  readonly state: Pick<StateStore, "readCare" | "writeCare">;
  readonly disruption: Disruption;
  readonly clock: Clock;
  readonly log: Log;
  readonly nonce: () => string;
  readonly signal: AbortSignal;
};

export function etcdCareHost(options: EtcdCareOptions): CareHost {
  const { rule, state, signal } = options;
  const gateway = createEtcdGateway({ endpoints: [rule.clientUrl], tls: rule.tls });
  return {
    look: async () => look(options),
    keep: async (record) =>
      state.writeCare({ version: 1, cluster: rule.cluster, member: rule.member, ...recordIn(record) }),
    defragment: async (from) => {
      if (from !== undefined && from > 1) await compactBefore(gateway, { revision: 1, physical: true }, signal);
      await gateway.call("maintenance/defragment", {}, { signal, deadlineMs: defragmentDeadlineMs });
    },
    compact: async (revision) => compactBefore(gateway, { revision, physical: false }, signal),
    disarm: async (memberID) => {
      const body = { action: "DEACTIVATE", memberID, alarm: "NOSPACE" };
      await gateway.call("maintenance/alarm", body, { signal, deadlineMs: disarmDeadlineMs });
    },
    lock: createHeldLock(options),
  };
}

/**
 * Forgets what is before a revision; etcd refuses to compact again what was compacted before. With `physical` it answers, and refuses, only
 * when all compactions that it has begun have left this member's data.
 */
async function compactBefore(
  gateway: EtcdGateway,
  { revision, physical }: { readonly revision: number; readonly physical: boolean },
  signal: AbortSignal,
): Promise<void> {
  try {
    const body = { revision: `${revision}`, physical };
    await gateway.call("kv/compaction", body, { signal, deadlineMs: defragmentDeadlineMs });
  } catch (error) {
    if (!isCompactedBefore(error)) throw error;
  }
}

async function look(options: EtcdCareOptions): Promise<CareSeen> {
  const { rule, engine, state, clock, signal } = options;
  const { quotaBytes, everyMs, compacts } = rule;
  const [seen, lock, isBackedUpNow, kept] = await Promise.all([
    lookAtMembers(rule, createCallAt(rule.tls, signal)),
    lookAtLock(options),
    isOneShotRunning(engine),
    state.readCare(),
  ]);
  const record = kept?.cluster === rule.cluster && kept.member === rule.member ? recordIn(kept) : {};
  const revisions = lacksSpace(seen) ? await lookAtRevisions(rule, record.defragmentedFrom, signal) : undefined;
  return {
    self: rule.member,
    host: rule.host,
    ...seen,
    quotaBytes,
    lock,
    isBackedUpNow,
    oldestRevision: revisions?.oldest,
    newestRevision: revisions?.newest,
    compacts,
    record,
    now: wallTime(clock).epochMs,
    everyMs,
  };
}

async function lookAtLock({ rule, desired, disruption, signal }: EtcdCareOptions): Promise<CareSeen["lock"]> {
  if (!rule.hasPeers) return undefined;
  if (desired.disruption === undefined) return { unknown: "the host config has none" };
  try {
    const { holder } = await disruption.lockOf(desired.disruption).read({ signal });
    return { holder };
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: reasonOf(error) };
  }
}

function recordIn({ defragmentedAt, defragmentedFrom, disarm }: CareRecord): CareRecord {
  return {
    ...(defragmentedAt === undefined ? {} : { defragmentedAt }),
    ...(defragmentedFrom === undefined ? {} : { defragmentedFrom }),
    ...(disarm === undefined ? {} : { disarm }),
  };
}
