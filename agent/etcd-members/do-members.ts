// One turn of etcd's members: look, judge, and under the disruption lock look and judge again, and make one change.
import { underLock } from "#agent/disruption/under-lock.ts";
import type { MembersCall, MembersDecision, MembersSeen } from "#shared/etcd-members/members-seen.ts";
import { isCall, judgeMembers } from "#shared/etcd-members/judge-members.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { membersComponent } from "#shared/state/etcd-members-rule.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";
import type { MembersHost } from "./members-host.ts";

export type MembersTurn = {
  readonly seen: MembersSeen;
  readonly decision: MembersDecision;
  /** What was changed. */
  readonly done?: MembersCall | undefined;
};

/** What was seen and done. Throws what the host's calls throw. */
export async function doMembers(host: MembersHost, rule: EtcdMembersRule): Promise<MembersTurn> {
  const seen = await host.look();
  const { silence } = seen;
  const decision = judgeMembers(seen);
  if (silence !== undefined && decision.kind === "wait")
    return { seen, decision: { kind: "wait", reason: `${decision.reason}: ${silence}` } };
  if (!isCall(decision) && !isToBeRemembered(seen, decision)) return { seen, decision };
  const taker = { component: membersComponent, name: rule.container };
  const turn = await underLock(host.lock, taker, async (check) => changeOnce(host, check));
  return "waits" in turn ? { seen, decision: { kind: "wait", reason: turn.waits } } : turn.result;
}

/**
 * Every newer wish is, as soon as one host has it: from then on those with an older one change nothing. Where data differs etcd takes no
 * writes.
 */
function isToBeRemembered({ list, known, wish, corrupt }: MembersSeen, { kind }: MembersDecision): boolean {
  return list !== undefined && corrupt.length === 0 && kind !== "refuse" && known?.generation !== wish.generation;
}

async function changeOnce(host: MembersHost, check: () => Promise<void>): Promise<MembersTurn> {
  const seen = await host.look();
  const decision = judgeMembers(seen);
  if (!isCall(decision) && !isToBeRemembered(seen, decision)) return { seen, decision };
  await check();
  if (isToBeRemembered(seen, decision)) await host.remember();
  if (!isCall(decision)) return { seen, decision };
  await check();
  try {
    await host.change(decision);
  } catch (error) {
    // it says so of what it does not take now, such as a learner that is behind; the next look tells
    if (!isFlexkubeError(error, "ETCD_REFUSED")) throw error;
    return { seen, decision: { kind: "wait", reason: `etcd refuses it now: ${error.details.reason}` } };
  }
  return { seen, decision, done: decision };
}
