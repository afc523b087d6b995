// etcd's own list of its members, and how each of them is, as one that can be asked tells it.
import { clusterIdIn, numberIn } from "#agent/etcd/answer-fields.ts";
import { askMember, createCallAt, listedIn } from "#agent/etcd/ask-members.ts";
import type { CallAt, Listed } from "#agent/etcd/ask-members.ts";
import { at, listAt } from "#agent/http/json-fields.ts";
import { reasonOf } from "#shared/reason-of.ts";
import type { ListedMember } from "#shared/etcd-members/members-seen.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";

/** A learner that is so close has what the leader has, but for what is on its way. */
const closeEntries = 1000;

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
  const callAt = createCallAt(tls, signal);
  const first = await firstAnswer(endpoints, callAt, clusterId);
  signal.throwIfAborted();
  if ("silence" in first) return first;
  const listed = listedIn(first.answer);
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
  callAt: CallAt,
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

async function lookAt(listed: Listed, callAt: CallAt, clusterId: string | undefined): Promise<Told> {
  const read = (status: unknown) => ({
    appliedIndex: numberIn(status, "raftAppliedIndex"),
    isOfCluster: clusterIdIn(status) === clusterId,
  });
  const found = await askMember(listed, callAt, { reads: !listed.isLearner, read });
  if (found?.isOfCluster !== true) return { ...listed, isLeader: false, isWell: false };
  return { ...listed, isLeader: found.isLeader, isWell: true, appliedIndex: found.appliedIndex };
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
