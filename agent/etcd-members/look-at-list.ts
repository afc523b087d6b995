// etcd's own list of its members, and how each of them is, as one that can be asked tells it.
import { clusterIdIn, numberIn } from "#agent/etcd/answer-fields.ts";
import { alarmsOf, askMember, listedIn } from "#agent/etcd/ask-members.ts";
import type { CallAt, Listed } from "#agent/etcd/ask-members.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { nobodysId } from "#shared/etcd-care/care-seen.ts";
import type { ListedMember } from "#shared/etcd-members/members-seen.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";

/** A learner that is so close has what the leader has, but for what is on its way. */
const closeEntries = 1000;

/** What one answers that works; who takes longer may be hanging, and others are asked. */
const firstDeadlineMs = 1000;

type Place = Pick<EtcdMembersRule, "endpoints" | "clusterId"> & {
  /** Who has told the list last: asked first, and alone. */
  readonly told?: string | undefined;
};

/** At one look. */
export type ListedNow = Omit<ListedMember, "isInSync" | "isGone">;

export type ListSeen = {
  /** Whose answer it is: what follows is asked of him first. */
  readonly endpoint: string;
  /** Whose list it is, hexadecimal; undefined where the answer does not say so. */
  readonly clusterId: string | undefined;
  readonly list: readonly ListedNow[];
  /** Ids of learners that have what the leader has. */
  readonly close: ReadonlySet<string>;
  /** Names of members with an alarm CORRUPT. */
  readonly corrupt: readonly string[];
};

type Told = {
  readonly member: ListedNow;
  /** Undefined where it is not well. */
  readonly answered: { readonly appliedIndex: number; readonly hasErrors: boolean } | undefined;
};

/**
 * One call for the list, and two at each member that votes; one more where an alarm is told. Without a quorum why nobody tells. Throws
 * ETCD_REFUSED, or the signal's reason.
 */
export async function lookAtList(
  place: Place,
  callAt: CallAt,
  signal: AbortSignal,
): Promise<ListSeen | { readonly silence: string }> {
  const first = await firstAnswer(place, callAt);
  signal.throwIfAborted();
  if ("silence" in first) return first;
  const listed = listedIn(first.answer);
  const told = await Promise.all(listed.map(async (member) => lookAt(member, callAt, clusterIdIn(first.answer))));
  const alarms = await alarmsOf(
    callAt(first.endpoint),
    told.map(({ answered }) => answered),
  );
  const list = told.map(({ member }) => member);
  const leader = told.find(({ member }) => member.isLeader);
  const close = told.filter((each) => isClose(each, leader)).map(({ member }) => member.id);
  return {
    endpoint: first.endpoint,
    clusterId: clusterIdIn(first.answer),
    list,
    close: new Set(close),
    corrupt: alarms.filter(({ alarm }) => alarm === "CORRUPT").map(({ memberId }) => titleIn(list, memberId)),
  };
}

/** One that is not on the list, or that etcd does not name, keeps members from changing as any other does. */
function titleIn(list: readonly ListedNow[], id: string): string {
  if (id === nobodysId) return "a member that etcd does not name";
  const name = list.find((member) => member.id === id)?.name ?? "";
  return name === "" ? `member ${id}` : name;
}

type FirstAnswer = { readonly endpoint: string; readonly answer: unknown };
type Silence = { readonly silence: string };

/** Of whoever has told last, else of all at once: some may not be there yet, and none is waited for. */
async function firstAnswer({ endpoints, clusterId, told }: Place, callAt: CallAt): Promise<FirstAnswer | Silence> {
  const ask = async (endpoint: string, deadlineMs?: number): Promise<FirstAnswer> => {
    const answer = await callAt(endpoint, deadlineMs)("cluster/member/list", { linearizable: true });
    const found = clusterIdIn(answer);
    // members of the cluster before a restore may still be there
    if (clusterId !== undefined && found !== clusterId)
      throw new Error(`${endpoint} is of another cluster than the restored one`);
    return { endpoint, answer };
  };
  const known = endpoints.filter((endpoint) => endpoint === told);
  const first = await firstOf(known.map(async (endpoint) => ask(endpoint, firstDeadlineMs)));
  return "silence" in first ? firstOf(endpoints.map(async (endpoint) => ask(endpoint))) : first;
}

/** Why there is none, in everybody's words. */
async function firstOf(asked: readonly Promise<FirstAnswer>[]): Promise<FirstAnswer | Silence> {
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
  if (found?.isOfCluster !== true)
    return { member: { ...listed, isLeader: false, isWell: false }, answered: undefined };
  return { member: { ...listed, isLeader: found.isLeader, isWell: true }, answered: found };
}

function isClose({ member, answered }: Told, leader: Told | undefined): boolean {
  const index = answered?.appliedIndex;
  const leading = leader?.answered?.appliedIndex;
  return member.isLearner && index !== undefined && leading !== undefined && index + closeEntries >= leading;
}
