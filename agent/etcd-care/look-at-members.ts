// What etcd's members say of their data, each at its own client port.
import { lacksField, numberIn, requiredText } from "#agent/etcd/answer-fields.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { at, listAt } from "#agent/http/json-fields.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { CaredMember, EtcdAlarm } from "#shared/etcd-care/care-seen.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";

const deadlineMs = 5000;
/** As many as are asked; etcd's documents advise seven members at most. */
const mostMembers = 32;
/** Any key will do: the answer tells that the member has the quorum's data. */
const anyKey = { key: "AA==", limit: "1", keys_only: true };

type Call = (method: string, body: object) => Promise<unknown>;
type Place = Pick<EtcdCareRule, "clientUrl" | "tls">;

export type MembersSeen = {
  readonly members: readonly CaredMember[];
  readonly alarms: readonly EtcdAlarm[];
  readonly isCompacted: boolean;
};

/** Throws ETCD_* when the own member does not answer; others may be silent. */
export async function lookAtMembers({ clientUrl, tls }: Place, signal: AbortSignal): Promise<MembersSeen> {
  const callAt = (url: string): Call => {
    const gateway = createEtcdGateway({ endpoints: [url], tls });
    return async (method, body) => gateway.call(method, body, { signal, deadlineMs });
  };
  const own = callAt(clientUrl);
  const [list, alarms, isCompacted] = await Promise.all([
    own("cluster/member/list", {}),
    own("maintenance/alarm", { action: "GET" }),
    hasCompacted(own),
  ]);
  const listed = listAt(list, "members");
  if (listed.length === 0 || listed.length > mostMembers) throw lacksField("cluster/member/list", list);
  const members = await Promise.all(listed.map(async (member) => lookAt(member, callAt)));
  return { members, alarms: listAt(alarms, "alarms").map(alarmIn), isCompacted };
}

async function lookAt(member: unknown, callAt: (url: string) => Call): Promise<CaredMember> {
  const id = requiredText(member, "ID");
  const name = at(member, "name");
  const urls = at(member, "clientURLs");
  const about = { id, name: typeof name === "string" ? name : "", isLearner: at(member, "isLearner") === true };
  const [url] = Array.isArray(urls) ? urls.map(String).filter((each) => URL.canParse(each)) : [];
  if (url === undefined) return { ...about, well: undefined };
  try {
    const call = callAt(url);
    const [status] = await Promise.all([call("maintenance/status", {}), call("kv/range", anyKey)]);
    const header = at(status, "header");
    const [sizeBytes, inUseBytes] = [numberIn(status, "dbSize"), numberIn(status, "dbSizeInUse")];
    const leader = at(status, "leader");
    // whoever answers at its address is another one, or has no leader
    if (requiredText(header, "member_id") !== id || typeof leader !== "string" || leader === "0")
      return { ...about, well: undefined };
    return { ...about, well: { sizeBytes, inUseBytes, isLeader: leader === id } };
  } catch (error) {
    if (!isFlexkubeError(error, "ETCD_UNREACHABLE") && !isFlexkubeError(error, "ETCD_REFUSED")) throw error;
    return { ...about, well: undefined };
  }
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
