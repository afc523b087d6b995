// How an etcd member starts: the one decision that can lose data, so it rests on evidence, and without it the answer
// is to wait. Pure; what it is told is gathered by the agent.
import { hostOfMember } from "#shared/etcd-members/member-name.ts";
import type { EtcdStartRule } from "#shared/state/desired.ts";
import { foreignPeers, knownAs, peerLists } from "./etcd-members.ts";
import type { EtcdList } from "./etcd-members.ts";
import { foreignText } from "./etcd-stop.ts";
import type { EtcdEvidence } from "#shared/state/observed.ts";
import { silenceOf } from "#shared/state/peer-refusal.ts";

/** data: just start; new: found the cluster; existing: join as the member that was added. */
export type EtcdStart = "data" | "new" | "existing";
export type EtcdStartDecision = { readonly start: EtcdStart } | { readonly wait: string };

export type EtcdData = {
  /** Its data directory holds a write-ahead log. */
  readonly isPresent: boolean;
  /** It has worked before and its last run ended by itself with 0, as that of a member does that was taken out of etcd. */
  readonly hasEnded?: boolean;
};

/** What one peer's member list says about us. */
type Standing = "started" | "named" | "moved" | "added" | "unlisted";

/** Decides how a member starts. `evidence` undefined: the peers were not asked, which without data means to wait. */
export function decideEtcdStart(
  rule: EtcdStartRule,
  data: EtcdData,
  evidence: EtcdEvidence | undefined,
): EtcdStartDecision {
  const lists = peerLists(rule, evidence).map(({ list }) => list);
  if (data.isPresent) {
    const reason = lists.length === 0 ? undefined : notWithData(rule, data, lists);
    return reason === undefined ? { start: "data" } : { wait: reason };
  }
  if (evidence === undefined && rule.peers.length > 0)
    return { wait: "the data directory is empty and the other members have not been asked yet" };
  const foreign = evidence === undefined ? [] : foreignPeers(rule, evidence);
  if (foreign.length > 0) return { wait: `the data directory is empty, and ${foreignText(foreign)}` };
  return lists.length === 0 ? decideAlone(rule, evidence) : decideByLists(rule, lists);
}

/**
 * Flags of the first start, which etcd ignores once it has data; none when it has. One that joins must name the members as
 * etcd has them now, whatever more the host config wants.
 */
export function etcdStartArguments(
  rule: EtcdStartRule,
  decision: EtcdStart,
  evidence?: EtcdEvidence,
): readonly string[] {
  if (decision === "data") return [];
  return [
    `--initial-advertise-peer-urls=${rule.peerUrl}`,
    `--initial-cluster=${decision === "existing" ? joinedCluster(rule, evidence) : rule.initialCluster}`,
    `--initial-cluster-state=${decision}`,
    `--initial-cluster-token=${rule.token}`,
  ];
}

/** name=url pairs of the members to join, sorted by name. */
export function joinedCluster(rule: EtcdStartRule, evidence: EtcdEvidence | undefined): string {
  const list = peerLists(rule, evidence).find((told) => standingIn(told.list, rule) === "added")?.list;
  if (list === undefined) return rule.initialCluster;
  return list
    .map((member) => ({ name: nameToJoin(rule, member), peerUrls: member.peerUrls }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, peerUrls }) => peerUrls.map((url) => `${name}=${url}`))
    .join(",");
}

/** etcd compares peer URLs; a name it needs only for each to be there once. */
function nameToJoin(rule: EtcdStartRule, member: EtcdList[number]): string {
  if (member.peerUrls.includes(rule.peerUrl)) return rule.name;
  return member.name === "" ? knownAs(rule, member) : member.name;
}

/** Who refuses by TLS is told, for then it is not silence that stands in the way. */
function decideAlone(rule: EtcdStartRule, evidence: EtcdEvidence | undefined): EtcdStartDecision {
  const refusing = rule.peers.map(({ name }) => name).filter((name) => evidence?.refusals?.has(name) === true);
  if (refusing.length > 0)
    return { wait: `the data directory is empty, and ${silenceOf(refusing, evidence?.refusals)}` };
  if (rule.bootstrap) return { start: "new" };
  return { wait: "the data directory is empty, no other member answers, and the host config does not say bootstrap" };
}

/** Lists of several peers may differ in age; the one that forbids most decides. */
function decideByLists(rule: EtcdStartRule, lists: readonly EtcdList[]): EtcdStartDecision {
  const standings = new Set(lists.map((list) => standingIn(list, rule)));
  const changes = rule.changesItself === true;
  const former = changes ? formerHere(rule, lists) : undefined;
  if (former !== undefined)
    return { wait: `etcd still lists ${former} at ${rule.peerUrl}: the other hosts take it out first` };
  if (standings.has("started"))
    return {
      wait: `the data directory is empty but this member was in the cluster: its data is lost${changes ? `; ${replaceHint(rule)}` : ""}`,
    };
  if (standings.has("moved")) return { wait: "the other members know this member under another peer URL" };
  if (standings.has("named"))
    return rule.restore === undefined
      ? { start: "new" }
      : {
          wait: `the data directory is empty, and a member of a restored cluster begins from its snapshot or not at all: ${changes ? replaceHint(rule) : "remove it from etcd and add it anew (etcdctl member remove, member add)"}`,
        };
  if (standings.has("added")) return { start: "existing" };
  if (changes) return { wait: "the other members do not list this member yet: this host adds it when its turn comes" };
  return { wait: "the data directory is empty and the other members do not list this member" };
}

/** Why a member may not go on with its data; the list that speaks most for it decides, since one may be older. */
function notWithData(rule: EtcdStartRule, { hasEnded }: EtcdData, lists: readonly EtcdList[]): string | undefined {
  const standings = lists.map((list) => standingIn(list, rule));
  // under another name it is the same member: with data etcd goes by what is in there
  const isListed = lists.some((list, index) => standings[index] !== "added" && hasUrlFree(list, rule));
  if (isListed) return undefined;
  if (standings.includes("added"))
    return hasEnded === true
      ? `etcd has added this member anew, but ${rule.dataDirectory} holds the data of the one that was taken out: move it away, then it joins`
      : undefined;
  const moved = lists.flatMap((list) => list.filter((member) => member.name === rule.name))[0];
  if (moved !== undefined && rule.changesItself === true)
    return `etcd knows ${rule.name} at ${moved.peerUrls.join(", ")}, not yet at ${rule.peerUrl}: this host tells it when its turn comes`;
  if (moved !== undefined)
    return `etcd knows ${rule.name} at ${moved.peerUrls.join(", ")}, not at ${rule.peerUrl}: set its address and ports back, or tell etcd first (etcdctl member update --peer-urls)`;
  if (rule.changesItself === true)
    return `etcd does not list this member any more: it was taken out for good and must not start with its data in ${rule.dataDirectory}; ${replaceHint(rule)}`;
  return `etcd does not list this member any more: it was taken out for good and must not start with its data in ${rule.dataDirectory}. Take it out of the cluster config, or move the data away and add the member anew (etcdctl member add)`;
}

/** Another member where this one shall be, such as the one in whose place it comes. */
function formerHere({ name, peerUrl }: EtcdStartRule, lists: readonly EtcdList[]): string | undefined {
  return lists.flat().find((member) => member.peerUrls.includes(peerUrl) && member.name !== "" && member.name !== name)
    ?.name;
}

/** What a person types, who alone knows that its data is given up. */
export function replaceHint({ name }: Pick<EtcdStartRule, "name">): string {
  return `give it up and let it begin anew: flexkube-planner split --replace-member ${hostOfMember(name)}`;
}

/** The list has our peer URL, and not for somebody else while it has our name at another one. */
function hasUrlFree(list: EtcdList, { name, peerUrl }: EtcdStartRule): boolean {
  const byUrl = list.find((member) => member.peerUrls.includes(peerUrl));
  return byUrl !== undefined && (byUrl.name === name || !list.some((member) => member.name === name));
}

/** A member's client URLs are known from its first start on; its name from the initial cluster or its first start. */
function standingIn(members: EtcdList, rule: EtcdStartRule): Standing {
  const byUrl = members.find((member) => member.peerUrls.includes(rule.peerUrl));
  const byName = members.find((member) => member.name === rule.name);
  if ([byUrl, byName].some((member) => member !== undefined && member.clientUrls.length > 0)) return "started";
  if (byUrl === undefined) return byName === undefined ? "unlisted" : "moved";
  if (byUrl.name === "") return "added";
  return byUrl.name === rule.name ? "named" : "moved";
}
