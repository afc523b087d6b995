// The next change of etcd's members that this host makes: newcomers add and promote themselves, those that stay remove. One change at a
// time, and only while all that shall stay are well, so that no change ever takes the quorum.
import type { WishedMember } from "#shared/state/etcd-members-rule.ts";
import { hostOfMember } from "./member-name.ts";
import type { ListedMember, MembersCall, MembersDecision, MembersSeen } from "./members-seen.ts";

type Judging = MembersSeen & { readonly list: readonly ListedMember[] };

/** Pure; asked again after each change, under the disruption lock. */
export function judgeMembers(seen: MembersSeen): MembersDecision {
  const { list } = seen;
  if (list === undefined) return wait("no quorum of etcd tells its members");
  return refusal(seen) ?? (isAsWished(seen.wish.members, list) ? { kind: "nothing" } : change({ ...seen, list }));
}

/** Whether every wished member votes at its address, and nobody else is listed. */
export function isAsWished(wished: readonly WishedMember[], list: readonly ListedMember[]): boolean {
  return (
    wished.length === list.length &&
    wished.every((member) => {
      const listed = listedAs(member, list);
      return listed?.name === member.name && !listed.isLearner && isAt(listed, member);
    })
  );
}

/** One that has not started yet has no name: its address tells whose it is. */
export function listedAs({ name, peerUrl }: WishedMember, list: readonly ListedMember[]): ListedMember | undefined {
  return (
    list.find((member) => member.name === name) ??
    list.find((member) => member.name === "" && member.peerUrls.includes(peerUrl))
  );
}

function refusal(seen: MembersSeen): MembersDecision | undefined {
  const { wish, known } = seen;
  if (known === undefined || known.generation < wish.generation) return undefined;
  if (known.generation > wish.generation)
    return refuse(
      `etcd's members are of generation ${known.generation}, and this host's config is of ${wish.generation}: deliver the newest${lostCount(seen)}`,
    );
  return known.digest === wish.digest
    ? undefined
    : refuse(
        `etcd's members were changed by another host config of generation ${wish.generation}: two planners wrote them; deliver all files of one${lostCount(seen)}`,
      );
}

/** The planner's own count can be lost with its state, and the wish be right all the same. */
function lostCount({ key }: MembersSeen): string {
  return `; where the planner has lost count and this is the newest: etcdctl del ${key}`;
}

function change(seen: Judging): MembersDecision {
  const { wish, list, self, corrupt } = seen;
  if (corrupt.length > 0) return wait(`${corrupt.join(", ")} has other data than the others (alarm CORRUPT)`);
  const staying = wish.members.flatMap((member) => listedAs(member, list) ?? []);
  const own = wish.members.find(({ name }) => name === self);
  const ill = staying.filter((member) => !member.isLearner && !member.isWell && !isOwnToMove(member, own));
  if (ill.length > 0) return wait(`${titles(ill)} does not answer; members change only while all that stay are well`);
  const strays = list.filter((member) => !staying.includes(member));
  // a host without a member in the config has no certificate for etcd either
  if (own === undefined) return wait(othersTurn(wish.members, list, strays));
  return (
    removeLearner(strays) ??
    removeSilent(list, strays) ??
    growth(seen, own, strays) ??
    makePlace(seen, staying, strays) ??
    removeWorking(seen, staying, strays) ??
    wait(othersTurn(wish.members, list, strays))
  );
}

/** A host that has moved cannot listen where etcd lists its member: to tell etcd its new address makes nothing worse. */
function isOwnToMove(member: ListedMember, own: WishedMember | undefined): boolean {
  return own !== undefined && member.name === own.name && !isAt(member, own);
}

function removeLearner(strays: readonly ListedMember[]): MembersDecision | undefined {
  const stray = strays.find(({ isLearner }) => isLearner);
  return stray === undefined ? undefined : removal(stray);
}

/** What a host does for its own member. */
function growth(seen: Judging, own: WishedMember, strays: readonly ListedMember[]): MembersDecision | undefined {
  const listed = listedAs(own, seen.list);
  if (listed === undefined) return joining(seen, own, strays);
  // its address changes when it votes: a learner whose address etcd changes is called a voter and never becomes one (etcd#21694)
  if (listed.isLearner)
    return listed.isInSync
      ? { kind: "promote", id: listed.id }
      : wait(`${own.name} is a learner and has not got all data yet`);
  if (isAt(listed, own)) return undefined;
  return { kind: "update", id: listed.id, peerUrl: own.peerUrl };
}

function joining({ list, obstacle }: Judging, own: WishedMember, strays: readonly ListedMember[]): MembersDecision {
  const before = strays.find((member) => isInPlaceOf(member, own));
  if (before !== undefined) return wait(`${titleOf(before)} is taken out first, in whose place ${own.name} comes`);
  const learner = list.find(({ isLearner }) => isLearner);
  if (learner !== undefined) return wait(`${titleOf(learner)} joins first: etcd takes one learner at a time`);
  // it would be a learner that never has the data, and nobody else could join
  if (obstacle !== undefined) return wait(`${own.name} joins when its host can start it: ${obstacle}`);
  return { kind: "add", peerUrl: own.peerUrl };
}

/** Voters that neither answer nor are wanted. What is left must have a quorum of those that are well. */
function removeSilent(list: readonly ListedMember[], strays: readonly ListedMember[]): MembersDecision | undefined {
  const silent = strays.find(({ isLearner, isWell }) => !isLearner && !isWell);
  if (silent === undefined) return undefined;
  const rest = votersOf(list).filter((member) => member !== silent);
  if (!silent.isGone) return wait(`${titleOf(silent)} does not answer now`);
  // a quorum of two that has told its members is both of them, whether the other is heard here or not
  if (rest.length === 1)
    return wait(`${titleOf(silent)} is one of two members and lives, though it does not answer here`);
  return hasQuorum(rest)
    ? removal(silent)
    : wait(`${titleOf(silent)} does not answer, and without it the others have no quorum of members that are well`);
}

/** One that works stands where another one of its host is to begin: it goes first, while the others are a quorum without it. */
function makePlace(
  seen: Judging,
  staying: readonly ListedMember[],
  strays: readonly ListedMember[],
): MembersDecision | undefined {
  const { wish, list } = seen;
  const absent = wish.members.filter((member) => listedAs(member, list) === undefined);
  const held = strays.filter((stray) => absent.some((member) => isInPlaceOf(stray, member)));
  // who can join without that joins first
  const isOpen = absent.some((member) => !strays.some((stray) => isInPlaceOf(stray, member)));
  const [first] = leaderLast(held);
  if (first === undefined || isOpen || list.some(({ isLearner }) => isLearner)) return undefined;
  if (staying.some((member) => !isHome(member, wish.members))) return undefined;
  const others = votersOf(list).filter((member) => member !== first);
  if (!hasQuorum(others)) return wait(`${titleOf(first)} goes when the others have a quorum of members that are well`);
  if (others.length === 1 && !seen.isSafeForTwo) return wait(oneOfTwo(first));
  return first.isLeader ? handOver(first, others) : removal(first);
}

/** Last of all, when all wished members vote: they were of use until now. */
function removeWorking(
  { wish, list, isSafeForTwo }: Judging,
  staying: readonly ListedMember[],
  strays: readonly ListedMember[],
): MembersDecision | undefined {
  const [first] = leaderLast(strays);
  const isWhole = wish.members.every((member) => listedAs(member, list)?.isLearner === false);
  if (first === undefined || !isWhole || staying.some((member) => !isHome(member, wish.members))) return undefined;
  const voters = votersOf(list);
  if (voters.length === 2 && !isSafeForTwo) return wait(oneOfTwo(first));
  // two are less safe than three, so they are two for as short as can be
  if (voters.length === 3 && wish.members.length === 1 && !isSafeForTwo) return wait(downToOne);
  return first.isLeader ? handOver(first, staying) : removal(first);
}

function leaderLast(members: readonly ListedMember[]): readonly ListedMember[] {
  return members.toSorted((a, b) => Number(a.isLeader) - Number(b.isLeader) || (a.name < b.name ? -1 : 1));
}

function votersOf(list: readonly ListedMember[]): readonly ListedMember[] {
  return list.filter(({ isLearner }) => !isLearner);
}

function handOver(leader: ListedMember, heirs: readonly ListedMember[]): MembersDecision {
  const heir = heirs.find(({ isWell }) => isWell);
  return heir === undefined ? removal(leader) : { kind: "moveLeader", leader: leader.id, to: heir.id };
}

const whenSafe =
  "all have been well for a minute and this host has a verified backup of the last hour (flexkube-agent backup take)";
const downToOne = `the members become one when ${whenSafe}`;

function oneOfTwo(member: ListedMember): string {
  return `${titleOf(member)} is one of two members: it goes when ${whenSafe}`;
}

function isHome(listed: ListedMember, wished: readonly WishedMember[]): boolean {
  return wished.some((member) => member.name === listed.name && isAt(listed, member));
}

function isAt({ peerUrls }: ListedMember, { peerUrl }: WishedMember): boolean {
  return peerUrls.length === 1 && peerUrls[0] === peerUrl;
}

/** At its address, or of its host, which runs one member: whoever begins there ends the other. */
function isInPlaceOf(stray: ListedMember, wished: WishedMember): boolean {
  return isAt(stray, wished) || hostOfMember(stray.name) === hostOfMember(wished.name);
}

/** Of voters: enough are well. */
function hasQuorum(voters: readonly Pick<ListedMember, "isWell">[]): boolean {
  return voters.filter(({ isWell }) => isWell).length >= Math.floor(voters.length / 2) + 1;
}

/** Nothing is this host's to do now. */
function othersTurn(
  wished: readonly WishedMember[],
  list: readonly ListedMember[],
  strays: readonly ListedMember[],
): string {
  const absent = wished.filter((member) => listedAs(member, list) === undefined).map(({ name }) => name);
  const learning = list.filter((member) => member.isLearner && !strays.includes(member)).map(titleOf);
  const moving = wished.filter((member) => {
    const listed = listedAs(member, list);
    return listed !== undefined && !isAt(listed, member);
  });
  const parts = [
    ...(absent.length === 0 ? [] : [`${absent.join(", ")} joins when its host has its config`]),
    ...(learning.length === 0 ? [] : [`${learning.join(", ")} is a learner`]),
    ...(moving.length === 0 ? [] : [`${moving.map(({ name }) => name).join(", ")} moves when its host has its config`]),
    ...(strays.length === 0 ? [] : [`${titles(strays)} leaves after that`]),
  ];
  return parts.join("; ");
}

function titles(members: readonly ListedMember[]): string {
  return members.map(titleOf).join(", ");
}

function titleOf({ name, peerUrls }: ListedMember): string {
  return name === "" ? `the member at ${peerUrls.join(", ")}` : name;
}

function removal(member: ListedMember): MembersDecision {
  return { kind: "remove", id: member.id, name: titleOf(member) };
}

function wait(reason: string): MembersDecision {
  return { kind: "wait", reason };
}

function refuse(reason: string): MembersDecision {
  return { kind: "refuse", reason };
}

/** Whether something is called. */
export function isCall(decision: MembersDecision): decision is MembersCall {
  return decision.kind !== "nothing" && decision.kind !== "wait" && decision.kind !== "refuse";
}
