// The members that etcd itself counts, as the lists of this host's member and of its peers tell. What the host config says is
// only how they are called here.
import type { EtcdStartRule } from "#shared/state/desired.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/state/observed.ts";

type Rule = Pick<EtcdStartRule, "name" | "peerUrl" | "peers" | "restore">;

export type EtcdList = readonly EtcdMemberSeen[];

/** A cluster's list as one member tells it. */
export type ToldList = { readonly by: string; readonly list: EtcdList };

/** Lists of the peers that are of this member's cluster, by peer. */
export function peerLists(rule: Rule, evidence: EtcdEvidence | undefined): readonly ToldList[] {
  const foreign = evidence === undefined ? [] : foreignPeers(rule, evidence);
  return rule.peers.flatMap(({ name }) => {
    const list = evidence?.peers.get(name);
    return list === undefined || foreign.includes(name) ? [] : [{ by: name, list }];
  });
}

/**
 * Peers of another cluster than this member's. While this member is not there to tell its own, a restore tells it; without one, peers
 * that differ from each other are all of them foreign: nobody knows which is ours.
 */
export function foreignPeers(rule: Rule, { clusterIds }: EtcdEvidence): readonly string[] {
  const ids = clusterIds ?? new Map<string, string>();
  const own = ids.get(rule.name) ?? rule.restore?.clusterId;
  const told = rule.peers.flatMap(({ name }) => {
    const id = ids.get(name);
    return id === undefined ? [] : [{ name, id }];
  });
  const [first] = told;
  const isMixed = own === undefined && told.some(({ id }) => id !== first?.id);
  return told.filter(({ id }) => isMixed || (own !== undefined && id !== own)).map(({ name }) => name);
}

export type CountedMember = {
  /** As the host config calls it, else as etcd does. */
  readonly name: string;
  readonly isSelf: boolean;
  /** Some list has it as one that votes. */
  readonly votes: boolean;
  /** Some list has it as a learner; one that has just started may itself not know yet that it is one. */
  readonly learns: boolean;
};

/** Every member that any of the lists has, since one of them may be older. Undefined while nobody tells a list. */
export function countedMembers(rule: Rule, evidence: EtcdEvidence): readonly CountedMember[] | undefined {
  const own = evidence.self === undefined ? [] : [evidence.self];
  const lists = [...own, ...peerLists(rule, evidence).map(({ list }) => list)];
  if (lists.length === 0) return undefined;
  const found = new Map<string, CountedMember>();
  for (const { name, member } of lists.flatMap((list) => namedMembers(rule, list))) {
    const [votes, learns] = [member.isLearner !== true, member.isLearner === true];
    const known = found.get(name);
    found.set(name, {
      name,
      isSelf: name === rule.name,
      votes: votes || known?.votes === true,
      learns: learns || known?.learns === true,
    });
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The members of one list, each by a name that no other one there has: etcd lets two have the same name, as a host that moved and was
 * added anew before its old member was removed. The one at the config's address keeps it.
 */
export function namedMembers(rule: Rule, list: EtcdList): readonly { name: string; member: EtcdMemberSeen }[] {
  const urls = new Map([rule, ...rule.peers].map(({ name, peerUrl }) => [name, peerUrl]));
  const named = list.map((member) => ({ name: knownAs(rule, member), member }));
  return named.map(({ name, member }, index) => {
    const same = named.filter((other) => other.name === name);
    if (same.length === 1) return { name, member };
    const atHome = same.find((other) => other.member.peerUrls.includes(urls.get(name) ?? ""));
    return atHome === named[index] ? { name, member } : { name: `${name} at ${member.peerUrls.join(", ")}`, member };
  });
}

/** By its peer URL first: that is what a member is for the others. One that never started has no name. */
export function knownAs({ name, peerUrl, peers }: Rule, member: EtcdMemberSeen): string {
  const ours = [{ name, peerUrl }, ...peers];
  const byUrl = ours.find((known) => member.peerUrls.includes(known.peerUrl));
  return byUrl?.name ?? (member.name === "" ? (member.peerUrls[0] ?? "a member") : member.name);
}
