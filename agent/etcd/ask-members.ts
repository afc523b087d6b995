// Every member that etcd lists, each asked at its own client port how it is.
import { at, listAt } from "#shared/json-fields.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { nobodysId } from "#shared/etcd-care/care-seen.ts";
import type { EtcdAlarm } from "#shared/etcd-care/care-seen.ts";
import { lacksField, requiredText } from "./answer-fields.ts";
import { createEtcdGateway } from "./gateway.ts";
import type { EtcdGatewayOptions } from "./gateway.ts";

const usualDeadlineMs = 5000;
/** As many as are asked; etcd's documents advise seven members at most. */
const mostMembers = 32;
/** Any key will do: the answer tells that the member has the quorum's data. */
export const anyKey = { key: "AA==", limit: "1", keys_only: true };

export type Call = (method: string, body: object) => Promise<unknown>;
/** Calls at one client URL, answered within so many milliseconds: five seconds unless told. They throw ETCD_*. */
export type CallAt = (url: string, deadlineMs?: number) => Call;

export function createCallAt(tls: EtcdGatewayOptions["tls"], signal: AbortSignal): CallAt {
  return (url, deadlineMs = usualDeadlineMs) => {
    const gateway = createEtcdGateway({ endpoints: [url], tls });
    return async (method, body) => gateway.call(method, body, { signal, deadlineMs });
  };
}

/** What etcd lists of a member. */
export type Listed = {
  /** Decimal, as etcd's gateway has it. */
  readonly id: string;
  /** Empty for one that has never started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
};

/** Of an answer to cluster/member/list. Throws ETCD_REFUSED for none, or more than are asked. */
export function listedIn(answer: unknown): readonly Listed[] {
  const members = listAt(answer, "members");
  if (members.length === 0 || members.length > mostMembers) throw lacksField("cluster/member/list", answer);
  return members.map((member) => {
    const name = at(member, "name");
    return {
      id: requiredText(member, "ID"),
      name: typeof name === "string" ? name : "",
      peerUrls: listAt(member, "peerURLs").map(String),
      clientUrls: listAt(member, "clientURLs").map(String),
      isLearner: at(member, "isLearner") === true,
    };
  });
}

export type Answered<Found> = Found & {
  readonly isLeader: boolean;
  /** Its status tells of something, such as an alarm of any member. */
  readonly hasErrors: boolean;
};

/**
 * What `read` finds in the member's status, and whether it leads; undefined when it does not answer, has no leader, or another one answers at
 * its address. `reads`: it must answer a read, too, which needs the quorum's data and which a learner refuses.
 */
export async function askMember<Found>(
  { id, clientUrls }: Listed,
  callAt: CallAt,
  { reads, read }: { readonly reads: boolean; readonly read: (status: unknown) => Found },
): Promise<Answered<Found> | undefined> {
  const url = clientUrls.find((each) => URL.canParse(each));
  if (url === undefined) return undefined;
  try {
    const call = callAt(url);
    const [status] = await Promise.all([call("maintenance/status", {}), reads ? call("kv/range", anyKey) : undefined]);
    const found = read(status);
    const leader = at(status, "leader");
    const isItself = requiredText(at(status, "header"), "member_id") === id;
    if (!isItself || typeof leader !== "string" || leader === "0") return undefined;
    return { ...found, isLeader: leader === id, hasErrors: listAt(status, "errors").length > 0 };
  } catch (error) {
    if (!isFlexkubeError(error, "ETCD_UNREACHABLE") && !isFlexkubeError(error, "ETCD_REFUSED")) throw error;
    return undefined;
  }
}

/**
 * All alarms, of any member. To ask for them is a proposal to all members, which each of them writes down, so it is only done where a member's own
 * status tells of something, or nobody's is known. Throws ETCD_*.
 */
export async function alarmsOf(
  call: Call,
  answers: readonly ({ readonly hasErrors: boolean } | undefined)[],
): Promise<readonly EtcdAlarm[]> {
  const told = answers.filter((answer) => answer !== undefined);
  if (told.length > 0 && !told.some(({ hasErrors }) => hasErrors)) return [];
  return listAt(await call("maintenance/alarm", { action: "GET" }), "alarms").map((item) => ({
    memberId: memberIdIn(item),
    alarm: requiredText(item, "alarm"),
  }));
}

/** What is zero is left out: etcd's check of the data says CORRUPT of no member where it cannot tell whose differs. */
function memberIdIn(alarm: unknown): string {
  const id = at(alarm, "memberID") ?? nobodysId;
  if (typeof id === "string") return id;
  throw lacksField("memberID", alarm);
}
