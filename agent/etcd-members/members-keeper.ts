// Brings etcd's members to the wish beside the ticks, one change a turn. While there is something to wait for it looks again by itself: a
// host whose own containers are settled has its next tick much later.
import type { Log } from "#agent/log/round-log.ts";
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
  /**
   * Does what is this host's to do, unless it is at that already or has failed a moment ago. `obstacle`: why the host could not start its
   * member if etcd added it.
   */
  readonly nudge: (desired: DesiredState | undefined, obstacle: string | undefined) => void;
  /** As of the last look; undefined where members do not change by themselves. */
  readonly report: () => EtcdMembersReport | undefined;
};

export type MembersKeeperOptions = {
  readonly hostFor: HostForMembers;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly log: Pick<Log, "info" | "warn" | "debug">;
  /** Epoch milliseconds of the newest verified backup of this host. */
  readonly backedUpAt: () => number | undefined;
  /** Something has changed: a tick may have to start or stop a member. */
  readonly changed: () => void;
};

/** Between two looks, each of which asks every member. */
const restMs = 5000;
/** No pause is longer: somebody waits for the members. */
const longestPauseMs = 60_000;

export function createMembersKeeper(options: MembersKeeperOptions): MembersKeeper {
  const { hostFor, clock, turns, log, backedUpAt } = options;
  const pauses = createPauses(clock);
  const waiting = createWaiting(clock);
  const memory: MembersMemory = { told: undefined, inSync: new Set(), silentSince: new Map(), wellSince: undefined };
  let [wish, obstacle]: readonly [DesiredState | undefined, string | undefined] = [undefined, undefined];
  let turn: MembersTurn | undefined;
  let isUnderWay = false;
  let nextAt = -Infinity;
  const take = async (signal: AbortSignal): Promise<void> => {
    // read now: what went before in these turns may have taken minutes
    const desired = wish;
    const rule = desired?.etcdMembers;
    if (rule === undefined || desired === undefined) return;
    const before = turn;
    turn = await doMembers(hostFor(rule, { desired, obstacle, memory, backedUpAt: backedUpAt(), signal }), rule);
    if (turn.done !== undefined) tell(changeText(turn.done, turn.seen), options);
    pauses.worked();
    const pauseMs = waiting.pauseAfter(turn, before);
    if (turn.decision.kind !== "nothing") void clock.sleep(pauseMs, signal).then(look, () => undefined);
  };
  const fail = (error: unknown): void => {
    if (turns.isClosed()) return;
    const isNew = pauses.failed(error, longestPauseMs);
    log[isNew ? "warn" : "debug"]({ reason: pauses.problem() }, "etcd's members could not be looked after");
  };
  const look = (): void => {
    if (wish?.etcdMembers === undefined || isUnderWay || turns.isClosed()) return;
    if (clock.now() < nextAt || !pauses.mayTry()) return;
    isUnderWay = true;
    nextAt = clock.now() + restMs;
    void turns
      .take(take)
      .catch(fail)
      .finally(() => {
        isUnderWay = false;
      });
  };
  return {
    nudge: (desired, inTheWay) => {
      [wish, obstacle] = [desired, inTheWay];
      look();
    },
    report: () =>
      wish?.etcdMembers === undefined
        ? undefined
        : reportOf(wish.etcdMembers, turn, { pauses, waitsMs: waiting.forMs() }),
  };
}

function tell(change: string, { log, changed }: MembersKeeperOptions): void {
  log.info({ change }, "etcd's members were changed");
  changed();
}

type Waiting = {
  /** Until the next look: longer and longer while the same is waited for. */
  readonly pauseAfter: (turn: MembersTurn, before: MembersTurn | undefined) => number;
  /** Milliseconds that the same has been waited for. */
  readonly forMs: () => number;
};

function createWaiting(clock: Pick<Clock, "now">): Waiting {
  let [pauseMs, since] = [restMs, clock.now()];
  return {
    pauseAfter: (turn, before) => {
      const isSame = reasonOf(turn) !== undefined && reasonOf(turn) === reasonOf(before);
      if (!isSame) since = clock.now();
      pauseMs = isSame ? Math.min(2 * pauseMs, longestPauseMs) : restMs;
      return pauseMs;
    },
    forMs: () => clock.now() - since,
  };
}

/** What it waits for; undefined where it does not. */
function reasonOf(turn: MembersTurn | undefined): string | undefined {
  return turn !== undefined && "reason" in turn.decision ? turn.decision.reason : undefined;
}

function reportOf(
  { wish }: EtcdMembersRule,
  turn: MembersTurn | undefined,
  { pauses, waitsMs }: { readonly pauses: Pauses; readonly waitsMs: number },
): EtcdMembersReport {
  const problem = pauses.problem();
  const failed = problem === undefined ? {} : { problem };
  const wished = wish.members.map(({ name }) => name);
  if (turn === undefined) return { generation: wish.generation, wished, members: [], ...failed };
  const { decision, seen, done } = turn;
  return {
    generation: wish.generation,
    wished,
    members: (seen.list ?? []).map(memberOf),
    ...(seen.clusterId === undefined ? {} : { clusterId: seen.clusterId }),
    ...(done === undefined ? {} : { done: changeText(done, seen) }),
    ...(decision.kind === "wait" ? { waits: decision.reason, waitsMs } : {}),
    ...(decision.kind === "refuse" ? { told: decision.reason } : {}),
    ...failed,
  };
}

function memberOf({ name, peerUrls, isLearner, isLeader, isWell }: ListedMember): EtcdMembersReport["members"][number] {
  const role = isLearner ? "learner" : isLeader ? "leader" : "voter";
  return { name: name === "" ? peerUrls.join(", ") : name, role, isWell };
}
