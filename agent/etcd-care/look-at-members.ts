// What etcd's members say of their data, each at its own client port.
import { numberIn, requiredText } from "#agent/etcd/answer-fields.ts";
import { anyKey, askMember, createCallAt, listedIn } from "#agent/etcd/ask-members.ts";
import type { Call, CallAt, Listed } from "#agent/etcd/ask-members.ts";
import { listAt } from "#agent/http/json-fields.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { CaredMember, EtcdAlarm } from "#shared/etcd-care/care-seen.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";

type Place = Pick<EtcdCareRule, "clientUrl" | "tls">;

export type MembersSeen = {
  readonly members: readonly CaredMember[];
  readonly alarms: readonly EtcdAlarm[];
  readonly isCompacted: boolean;
};

/** Throws ETCD_* when the own member does not answer; others may be silent. */
export async function lookAtMembers({ clientUrl, tls }: Place, signal: AbortSignal): Promise<MembersSeen> {
  const callAt = createCallAt(tls, signal);
  const own = callAt(clientUrl);
  const [list, alarms, isCompacted] = await Promise.all([
    own("cluster/member/list", {}),
    own("maintenance/alarm", { action: "GET" }),
    hasCompacted(own),
  ]);
  const members = await Promise.all(listedIn(list).map(async (listed) => lookAt(listed, callAt)));
  return { members, alarms: listAt(alarms, "alarms").map(alarmIn), isCompacted };
}

async function lookAt(listed: Listed, callAt: CallAt): Promise<CaredMember> {
  const { id, name, isLearner } = listed;
  const read = (status: unknown) => ({
    sizeBytes: numberIn(status, "dbSize"),
    inUseBytes: numberIn(status, "dbSizeInUse"),
  });
  return { id, name, isLearner, well: await askMember(listed, callAt, { reads: true, read }) };
}

/** etcd refuses what lies before the last compaction; a cluster that never wrote has no revision of one. */
async function hasCompacted(call: Call): Promise<boolean> {
  try {
    await call("kv/range", { ...anyKey, revision: "1" });
    return false;
  } catch (error) {
    if (isFlexkubeError(error, "ETCD_REFUSED") && /compacted/.test(error.details.reason)) return true;
    throw error;
  }
}

function alarmIn(item: unknown): EtcdAlarm {
  return { memberId: requiredText(item, "memberID"), alarm: requiredText(item, "alarm") };
}
