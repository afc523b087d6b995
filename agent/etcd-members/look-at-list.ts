// etcd's own list of its members, and how each of them is, as one that can be asked tells it.
import { clusterIdIn, lacksField, numberIn, requiredText } from "#agent/etcd/answer-fields.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { at, listAt } from "#agent/http/json-fields.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { reasonOf } from "#shared/reason-of.ts";
import type { ListedMember } from "#shared/etcd-members/members-seen.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";

const deadlineMs = 5000;
/** As many as are asked; etcd's documents advise seven members at most. */
const mostMembers = 32;
/** Any key will do: the answer tells that the member has the quorum's data. */
const anyKey = { key: "AA==", limit: "1", keys_only: true };
/** A learner that is so close has what the leader has, but for what is on its way. */
const closeEntries = 1000;

type Call = (method: string, body: object) => Promise<unknown>;
type Place = Pick<EtcdMembersRule, "endpoints" | "tls" | "clusterId">;

/** At one look. */
export type ListedNow = Omit<ListedMember, "isInSync" | "isGone">;

export type ListSeen = {
  /** Whose answer it is: what follows is asked of him first. */
  readonly endpoint: string;
  readonly list: readonly ListedNow[];
  /** Ids of learners that have what the leader has. */
  readonly close: ReadonlySet<string>;
  /** Names of members with an alarm CORRUPT. */
  readonly corrupt: readonly string[];
};

type Told = ListedNow & { readonly appliedIndex?: number | undefined };

/** Without a quorum why nobody tells. Throws ETCD_REFUSED. */
export async function lookAtList(
  { endpoints, tls, clusterId }: Place,
  signal: AbortSignal,
): Promise<ListSeen | { readonly silence: string }> {
  const callAt = (url: string): Call => {
    const gateway = createEtcdGateway({ endpoints: [url], tls });
    return async (method, body) => gateway.call(method, body, { signal, deadlineMs });
  };
  const first = await firstAnswer(endpoints, callAt, clusterId);
  signal.throwIfAborted();
  if ("silence" in first) return first;
  const listed = listAt(first.answer, "members");
  if (listed.length === 0 || listed.length > mostMembers) throw lacksField("cluster/member/list", first.answer);
  const told = await Promise.all(listed.map(async (member) => lookAt(member, callAt, clusterIdIn(first.answer))));
  const alarms = listAt(await callAt(first.endpoint)("maintenance/alarm", { action: "GET" }), "alarms");
  const leader = told.find(({ isLeader }) => isLeader);
  const close = new Set(told.filter((member) => isClose(member, leader)).map(({ id }) => id));
  return {
    endpoint: first.endpoint,
    list: told.map(({ appliedIndex: _appliedIndex, ...member }) => member),
    close,
    corrupt: told.filter(({ id }) => alarms.some((alarm) => isCorrupt(alarm, id))).map(({ name, id }) => name || id),
  };
}

type FirstAnswer = { readonly endpoint: string; readonly answer: unknown };

/** All are asked at once: some may not be there yet, and none is waited for. */
async function firstAnswer(
  endpoints: readonly string[],
  callAt: (url: string) => Call,
  clusterId: string | undefined,
): Promise<FirstAnswer | { readonly silence: string }> {
  const asked = endpoints.map(async (endpoint) => {
    const answer = await callAt(endpoint)("cluster/member/list", { linearizable: true });
    const found = clusterIdIn(answer);
    // members of the cluster before a restore may still be there
    if (clusterId !== undefined && found !== clusterId)
      throw new Error(`${endpoint} is of another cluster than the restored one`);
    return { endpoint, answer };
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors.map(reasonOf) : [reasonOf(error)];
    return { silence: reasons.join("; ").slice(0, 500) };
  }
}

async function lookAt(member: unknown, callAt: (url: string) => Call, clusterId: string | undefined): Promise<Told> {
  const id = requiredText(member, "ID");
  const name = at(member, "name");
  const clientUrls = listAt(member, "clientURLs").map(String);
  const about = {
    id,
    name: typeof name === "string" ? name : "",
    peerUrls: listAt(member, "peerURLs").map(String),
    clientUrls,
    isLearner: at(member, "isLearner") === true,
  };
  const silent = { ...about, isLeader: false, isWell: false };
  const url = clientUrls.find((each) => URL.canParse(each));
  if (url === undefined) return silent;
  try {
    const call = callAt(url);
    // a learner refuses to be read
    const [status] = await Promise.all([
      call("maintenance/status", {}),
      about.isLearner ? undefined : call("kv/range", anyKey),
    ]);
    const leader = at(status, "leader");
    const isItself = requiredText(at(status, "header"), "member_id") === id && clusterIdIn(status) === clusterId;
    if (!isItself || typeof leader !== "string" || leader === "0") return silent;
    return { ...about, isLeader: leader === id, isWell: true, appliedIndex: numberIn(status, "raftAppliedIndex") };
  } catch (error) {
    if (!isFlexkubeError(error, "ETCD_UNREACHABLE") && !isFlexkubeError(error, "ETCD_REFUSED")) throw error;
    return silent;
  }
}

function isClose({ isLearner, appliedIndex }: Told, leader: Told | undefined): boolean {
  return (
    isLearner &&
    appliedIndex !== undefined &&
    leader?.appliedIndex !== undefined &&
    appliedIndex + closeEntries >= leader.appliedIndex
  );
}

function isCorrupt(alarm: unknown, id: string): boolean {
  return at(alarm, "memberID") === id && at(alarm, "alarm") === "CORRUPT";
}
