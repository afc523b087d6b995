// How an etcd member starts: the one decision that can lose data, so it rests on evidence, and without it the answer
// is to wait. Pure; what it is told is gathered by the agent.
import type { EtcdStartRule } from "#shared/reconcile/desired.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/reconcile/observed.ts";

/** data: just start; new: found the cluster; existing: join as the member that was added. */
export type EtcdStart = "data" | "new" | "existing";
export type EtcdStartDecision = { readonly start: EtcdStart } | { readonly wait: string };

/** What one peer's member list says about us. */
type Standing = "started" | "named" | "moved" | "added" | "unlisted";

/**
 * Decides how a member starts. `dataPresent`: its data directory holds a write-ahead log. `evidence` undefined: the
 * peers were not asked, which for a member with peers means to wait.
 */
export function decideEtcdStart(
  rule: EtcdStartRule,
  dataPresent: boolean,
  evidence: EtcdEvidence | undefined,
): EtcdStartDecision {
  if (dataPresent) return { start: "data" };
  if (evidence === undefined && rule.peers.length > 0)
    return { wait: "the data directory is empty and the other members have not been asked yet" };
  const lists = rule.peers.flatMap((peer) => {
    const members = evidence?.peers.get(peer.name);
    return members === undefined ? [] : [members];
  });
  return lists.length === 0 ? decideAlone(rule) : decideByLists(rule, lists);
}

/** Flags of the first start, which etcd ignores once it has data; none when it has. */
export function etcdStartArguments(rule: EtcdStartRule, decision: EtcdStart): readonly string[] {
  if (decision === "data") return [];
  return [
    `--initial-advertise-peer-urls=${rule.peerUrl}`,
    `--initial-cluster=${rule.initialCluster}`,
    `--initial-cluster-state=${decision}`,
    `--initial-cluster-token=${rule.token}`,
  ];
}

function decideAlone(rule: EtcdStartRule): EtcdStartDecision {
  if (rule.bootstrap) return { start: "new" };
  return { wait: "the data directory is empty, no other member answers, and the host config does not say bootstrap" };
}

/** Lists of several peers may differ in age; the one that forbids most decides. */
function decideByLists(rule: EtcdStartRule, lists: readonly (readonly EtcdMemberSeen[])[]): EtcdStartDecision {
  const standings = new Set(lists.map((list) => standingIn(list, rule)));
  if (standings.has("started"))
    return { wait: "the data directory is empty but this member was in the cluster: its data is lost" };
  if (standings.has("moved")) return { wait: "the other members know this member under another peer URL" };
  if (standings.has("named")) return { start: "new" };
  if (standings.has("added")) return { start: "existing" };
  return { wait: "the data directory is empty and the other members do not list this member" };
}

/** A member's client URLs are known from its first start on; its name from the initial cluster or its first start. */
function standingIn(members: readonly EtcdMemberSeen[], rule: EtcdStartRule): Standing {
  const byUrl = members.find((member) => member.peerUrls.includes(rule.peerUrl));
  const byName = members.find((member) => member.name === rule.name);
  if ([byUrl, byName].some((member) => member !== undefined && member.clientUrls.length > 0)) return "started";
  if (byUrl === undefined) return byName === undefined ? "unlisted" : "moved";
  if (byUrl.name === "") return "added";
  return byUrl.name === rule.name ? "named" : "moved";
}
