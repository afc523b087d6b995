// When an etcd member that works may stop: etcd's own list decides, not the host config, which may know fewer members or others.
import type { EtcdStartRule } from "#shared/state/desired.ts";
import { countedMembers, foreignPeers } from "./etcd-members.ts";
import type { CountedMember } from "./etcd-members.ts";
import type { EtcdEvidence } from "#shared/state/observed.ts";
import { silenceOf } from "#shared/state/peer-refusal.ts";

type Rule = Pick<EtcdStartRule, "name" | "peerUrl" | "peers" | "restore" | "changesItself">;

/**
 * Why the member may not stop now; undefined when it may: every voter that etcd counts answers, and the others have a quorum
 * without it. Of one or two wished members that are all there none could ever be replaced by that, so these stop for a
 * moment; `leaves`: it goes for good, and then they do not either.
 */
export function etcdStopReason(
  rule: Rule,
  evidence: EtcdEvidence | undefined,
  { leaves }: { readonly leaves: boolean },
): string | undefined {
  const only = "this member stops only while all others answer";
  const counted = evidence === undefined ? undefined : countedMembers(rule, evidence);
  if (evidence === undefined || counted === undefined) {
    const silent = rule.peers.map(({ name }) => name).filter((name) => evidence?.healthy.includes(name) !== true);
    // a member that was founded alone has nobody to ask
    if (rule.peers.length === 0) return undefined;
    return `${only}; ${silent.length === 0 ? "none of them tells etcd's members" : silenceOf(silent, evidence?.refusals)}`;
  }
  // one that was taken out ends by itself; until then nobody knows whether these lists are of its cluster
  if (!counted.some(({ isSelf }) => isSelf)) return "it works, but the other members do not list it";
  // until then it is of use, and nothing holds the others up from taking it out
  if (leaves && rule.changesItself === true && counted.length > 1)
    return "it leaves when the other hosts have taken it out of etcd, which they do by themselves once they have their host configs";
  const reason = notAnswering(rule, evidence, counted);
  return reason === undefined ? quorumReason(rule, counted, leaves) : `${only}; ${reason}`;
}

/** Voters that do not answer, those that the host config does not know told as etcd's. A learner is never asked for. */
function notAnswering(rule: Rule, evidence: EtcdEvidence, counted: readonly CountedMember[]): string | undefined {
  const foreign = foreignPeers(rule, evidence);
  const silent = counted
    .filter(({ name, isSelf, votes }) => !isSelf && votes && !isWell(evidence, foreign, name))
    .map(({ name }) => name);
  const others = silent.filter((name) => foreign.includes(name));
  const known = silent.filter((name) => !others.includes(name) && rule.peers.some((peer) => peer.name === name));
  const extra = silent.filter((name) => !others.includes(name) && !known.includes(name));
  const parts = [
    ...(known.length === 0 ? [] : [silenceOf(known, evidence.refusals)]),
    ...(extra.length === 0
      ? []
      : [`etcd counts ${extra.join(", ")}, which ${extra.length === 1 ? "does" : "do"} not answer`]),
    ...(others.length === 0 ? [] : [foreignText(others)]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

function isWell({ healthy }: EtcdEvidence, foreign: readonly string[], name: string): boolean {
  return healthy.includes(name) && !foreign.includes(name);
}

/** All others answer; what is left is their number. */
function quorumReason(rule: Rule, counted: readonly CountedMember[], leaves: boolean): string | undefined {
  const voters = counted.filter(({ votes }) => votes);
  const certain = voters.filter(({ learns }) => !learns);
  // nobody else is there who could need it
  if (counted.length === 1) return undefined;
  const others = certain.filter(({ isSelf }) => !isSelf);
  if (others.length >= Math.floor(voters.length / 2) + 1) return undefined;
  const wished = [rule.name, ...rule.peers.map(({ name }) => name)];
  const isWish =
    voters.length <= 2 && voters.length === wished.length && voters.every(({ name }) => wished.includes(name));
  if (isWish && !leaves) return undefined;
  const names = certain.map(({ name }) => name).join(", ");
  const hint = leaves ? "; remove it from etcd first (etcdctl member remove)" : "";
  return `etcd counts ${certain.length} voting member${certain.length === 1 ? "" : "s"}, ${names}, which have no quorum without this one${hint}`;
}

/** Peers that are members of another cluster. */
export function foreignText(names: readonly string[]): string {
  const [is, member] = names.length === 1 ? ["is", "a member"] : ["are", "members"];
  return `${names.join(", ")} ${is} ${member} of another etcd cluster`;
}
