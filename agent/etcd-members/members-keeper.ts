// Brings etcd's members to the wish beside the ticks, one change a turn.
import type { Logger } from "pino";
import { createPauses } from "#agent/beside/pauses.ts";
import type { Pauses } from "#agent/beside/pauses.ts";
import type { Turns } from "#agent/beside/turns.ts";
import type { EtcdMembersReport } from "#agent/report/etcd-members-report.ts";
import type { Clock } from "#shared/clock.ts";
import type { ListedMember } from "#shared/etcd-members/members-seen.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";
import { changeText } from "./change-text.ts";
import { doMembers } from "./do-members.ts";
import type { MembersTurn } from "./do-members.ts";
import type { HostForMembers, MembersMemory } from "./members-host.ts";

export type MembersKeeper = {
  /** Does what is this host's to do, unless it is at that already or has failed a moment ago. */
  readonly nudge: (desired: DesiredState | undefined) => void;
  /** As of the last look; undefined where members do not change by themselves. */
  readonly report: () => EtcdMembersReport | undefined;
};

export type MembersKeeperOptions = {
  readonly hostFor: HostForMembers;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly log: Pick<Logger, "info" | "warn" | "debug">;
  /** Epoch milliseconds of the newest verified backup of this host. */
  readonly backedUpAt: () => number | undefined;
  /** Something has changed: a tick may have to start or stop a member. */
  readonly changed: () => void;
};

/** Between two looks, each of which asks every member. */
const restMs = 5000;
/** No pause after a failure is longer: somebody waits for the members. */
const longestPauseMs = 60_000;

export function createMembersKeeper(options: MembersKeeperOptions): MembersKeeper {
  const { hostFor, clock, turns, log, backedUpAt, changed } = options;
  const pauses = createPauses(clock);
  const memory: MembersMemory = { inSync: new Set(), wellSince: undefined };
  let rule: EtcdMembersRule | undefined;
  let turn: MembersTurn | undefined;
  let isUnderWay = false;
  let nextAt = -Infinity;
  const take = async (wanted: EtcdMembersRule, desired: DesiredState, signal: AbortSignal): Promise<void> => {
    const host = hostFor(wanted, { desired, memory, backedUpAt: backedUpAt(), signal });
    turn = await doMembers(host, wanted);
    if (turn.done !== undefined) {
      log.info({ change: changeText(turn.done, turn.seen) }, "etcd's members were changed");
      changed();
    }
    pauses.worked();
  };
  const fail = (error: unknown): void => {
    if (turns.isClosed()) return;
    const isNew = pauses.failed(error, longestPauseMs);
    log[isNew ? "warn" : "debug"]({ reason: pauses.problem() }, "etcd's members could not be looked after");
  };
  return {
    nudge: (desired) => {
      rule = desired?.etcdMembers;
      const wanted = rule;
      if (wanted === undefined || desired === undefined || isUnderWay || turns.isClosed()) return;
      if (clock.now() < nextAt || !pauses.mayTry()) return;
      isUnderWay = true;
      void turns
        .take(async (signal) => take(wanted, desired, signal))
        .catch(fail)
        .finally(() => {
          isUnderWay = false;
          nextAt = clock.now() + restMs;
        });
    },
    report: () => (rule === undefined ? undefined : reportOf(rule, turn, pauses)),
  };
}

function reportOf({ wish }: EtcdMembersRule, turn: MembersTurn | undefined, pauses: Pauses): EtcdMembersReport {
  const problem = pauses.problem();
  const failed = problem === undefined ? {} : { problem };
  const wished = wish.members.map(({ name }) => name);
  if (turn === undefined) return { generation: wish.generation, wished, members: [], ...failed };
  const { decision, seen, done } = turn;
  return {
    generation: wish.generation,
    wished,
    members: (seen.list ?? []).map(memberOf),
    ...(done === undefined ? {} : { done: changeText(done, seen) }),
    ...(decision.kind === "wait" ? { waits: decision.reason } : {}),
    ...(decision.kind === "refuse" ? { told: decision.reason } : {}),
    ...failed,
  };
}

function memberOf({ name, peerUrls, isLearner, isLeader, isWell }: ListedMember): EtcdMembersReport["members"][number] {
  const role = isLearner ? "learner" : isLeader ? "leader" : "voter";
  return { name: name === "" ? peerUrls.join(", ") : name, role, isWell };
}
