// What etcd's members say of their data, each at its own client port.
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
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
  const listed = listIn(list, "members");
  if (listed.length === 0 || listed.length > mostMembers) throw refused("cluster/member/list", list);
  const members = await Promise.all(listed.map(async (member) => lookAt(member, callAt)));
  return { members, alarms: listIn(alarms, "alarms").map(alarmIn), isCompacted };
}

async function lookAt(member: unknown, callAt: (url: string) => Call): Promise<CaredMember> {
  const id = textIn(member, "ID");
  const name = field(member, "name");
  const urls = field(member, "clientURLs");
  const about = { id, name: typeof name === "string" ? name : "", isLearner: field(member, "isLearner") === true };
  const [url] = Array.isArray(urls) ? urls.map(String).filter((each) => URL.canParse(each)) : [];
  if (url === undefined) return { ...about, well: undefined };
  try {
    const call = callAt(url);
    const [status] = await Promise.all([call("maintenance/status", {}), call("kv/range", anyKey)]);
    const header = field(status, "header");
    const [sizeBytes, inUseBytes] = [numberIn(status, "dbSize"), numberIn(status, "dbSizeInUse")];
    const leader = field(status, "leader");
    // whoever answers at its address is another one, or has no leader
    if (textIn(header, "member_id") !== id || typeof leader !== "string" || leader === "0")
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
  return { memberId: textIn(item, "memberID"), alarm: textIn(item, "alarm") };
}

function listIn(answer: unknown, name: string): readonly unknown[] {
  const found = field(answer, name);
  return Array.isArray(found) ? found : [];
}

/** Numbers are texts there, and nought is left out. */
function numberIn(value: unknown, name: string): number {
  const number = Number(field(value, name) ?? 0);
  if (!Number.isSafeInteger(number)) throw refused(name, value);
  return number;
}

function textIn(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found === "string") return found;
  throw refused(name, value);
}

function refused(call: string, answer: unknown): FlexkubeError {
  return new FlexkubeError("ETCD_REFUSED", "etcd's answer lacks a field", {
    call,
    status: 200,
    reason: JSON.stringify(answer).slice(0, 500),
  });
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
