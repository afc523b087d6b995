// What a member's host does about a restore: the one decision by which a cluster begins a second time. It rests on what is there,
// in the data directory and at the other members, and without it the answer is to wait.
import { parseMarker, restoreNames } from "#shared/backup/restore-id.ts";
import { restoredBytes } from "#shared/backup/restore-room.ts";
import type { DesiredContainer, EtcdRestoreRule, EtcdStartRule } from "#shared/state/desired.ts";
import { namedMembers } from "./etcd-members.ts";
import { replaceHint } from "./etcd-start.ts";
import { hasLeft } from "./restore-paths.ts";
import type { EtcdEvidence, ObservedState, SnapshotSeen } from "#shared/state/observed.ts";

export type RestoringRule = EtcdStartRule & { readonly restore: EtcdRestoreRule };

/** How far the restore is on this host, by its data directory alone. */
export type RestoreData = {
  /** The restore that the member's data is of. */
  readonly done?: { readonly id: string; readonly number: number } | undefined;
  /** There is a directory of a member's data, whatever is in it. */
  readonly hasMember: boolean;
  /** Restored data lies beside it, whole. */
  readonly isMade: boolean;
  /** A try before has left something where it is made. */
  readonly hasLeft: boolean;
};

/** done: the usual rules hold; make: from the snapshot; swap: what was made comes into its place. */
export type RestoreDecision =
  | { readonly act: "done" }
  | { readonly act: "wait"; readonly reason: string }
  | { readonly act: "make"; readonly snapshot: Extract<SnapshotSeen, { readonly path: string }> }
  | { readonly act: "swap" };

/** Decides it. Evidence or snapshot undefined: not asked, not looked for yet. */
export function decideRestore(
  rule: RestoringRule,
  data: RestoreData,
  seen: { readonly evidence?: EtcdEvidence | undefined; readonly snapshot?: SnapshotSeen | undefined },
): RestoreDecision {
  const { restore } = rule;
  if (data.done?.id === restore.id) return { act: "done" };
  const refused = refusal(restore, data);
  if (refused !== undefined) return { act: "wait", reason: refused };
  if (restore.clusterId !== restore.ownClusterId) return ofOtherMembers(rule, data);
  if (seen.evidence === undefined)
    return { act: "wait", reason: `etcd begins anew from restore ${restore.id}, and nobody has been asked yet` };
  const standsInTheWay = evidenceReason(rule, data, seen.evidence);
  if (data.isMade) return standsInTheWay === undefined ? { act: "swap" } : { act: "wait", reason: standsInTheWay };
  const missing = snapshotReason(restore, data, seen.snapshot);
  const reason = missing ?? standsInTheWay;
  if (reason !== undefined) return { act: "wait", reason };
  return seen.snapshot !== undefined && "path" in seen.snapshot
    ? { act: "make", snapshot: seen.snapshot }
    : { act: "wait", reason: "the snapshot has not been looked for yet" };
}

/** Whether the snapshot would be used, were it here. */
export function needsSnapshot({ restore }: RestoringRule, data: RestoreData): boolean {
  const isOpen = data.done?.id !== restore.id && refusal(restore, data) === undefined;
  return isOpen && restore.clusterId === restore.ownClusterId && !data.isMade;
}

function refusal({ id, number }: EtcdRestoreRule, { done }: RestoreData): string | undefined {
  if (done === undefined || done.number < number) return undefined;
  return done.number > number
    ? `its data is of restore ${done.id}, and the host config asks for ${id}, which is older: deliver the newest host config`
    : `its data is of restore ${done.id}, and the host config asks for ${id}: two snapshots have the same number; restore once more with a higher one`;
}

/** The cluster that the restore began has other first members than this host config, which would begin yet another one. */
function ofOtherMembers(rule: RestoringRule, { hasMember, isMade }: RestoreData): RestoreDecision {
  // one that was added since joins like any other
  if (!hasMember && !isMade) return { act: "done" };
  const mend =
    rule.changesItself === true
      ? replaceHint(rule)
      : "move the data away, remove it from etcd and add it anew (etcdctl member remove, member add)";
  return {
    act: "wait",
    reason: `the members have changed since restore ${rule.restore.id}, and this one's data is from before it: ${mend}`,
  };
}

/** Why nothing is restored here now: somebody answers who must not, or this member was in the new cluster already. */
function evidenceReason(rule: RestoringRule, data: RestoreData, evidence: EtcdEvidence): string | undefined {
  const { restore } = rule;
  const there = evidence.lostThere ?? [];
  if (there.length > 0)
    return `${there.join(", ")}, said to be lost, ${there.length === 1 ? "answers" : "answer"}: etcd is not restored while a member of the former cluster may go on without it; stop ${there.length === 1 ? "it" : "them"}`;
  const outside = outsiders(rule, evidence);
  if (outside.length > 0)
    return `${outside.join(", ")} ${outside.length === 1 ? "answers and is" : "answer and are"} of the former cluster alone: etcd is not restored while a member of it may go on without this one; stop ${outside.length === 1 ? "it" : "them"}`;
  const lists = listsOf(rule, evidence, (id) => id === restore.clusterId);
  const isStarted = lists.some((list) =>
    list.some(({ peerUrls, clientUrls }) => peerUrls.includes(rule.peerUrl) && clientUrls.length > 0),
  );
  if (isStarted)
    return `this member was in the cluster of restore ${restore.id}: its data is lost, and a snapshot does not bring back what it has voted for`;
  if (!restore.open && lists.length === 0) return closedReason(restore, data);
  return undefined;
}

/**
 * Why a restore that has worked is not made while nobody of its cluster answers. Data from before any restore shows that this member
 * has not begun in it yet. No data does not, and neither does the data of another restore: that may have been made after this member's
 * own was lost.
 */
function closedReason({ id }: EtcdRestoreRule, { hasMember, isMade, done }: RestoreData): string | undefined {
  if (isMade || (hasMember && done === undefined)) return undefined;
  const found = done === undefined ? "the data directory is empty" : `its data is of restore ${done.id}`;
  return `${found}, nobody of the cluster of restore ${id} answers, and the host config says that it has worked: its data is lost, unless another member of it comes back; else restore once more, which has a higher number`;
}

/** Healthy members of the former cluster that are in no host config any more: they may be a quorum of it. */
function outsiders(rule: RestoringRule, evidence: EtcdEvidence): readonly string[] {
  const wished = [rule.name, ...rule.peers.map(({ name }) => name)];
  const former = listsOf(rule, evidence, (id) => id !== rule.restore.clusterId);
  const names = former.flatMap((list) => namedMembers(rule, list).map(({ name }) => name));
  return [...new Set(names)].filter((name) => !wished.includes(name) && evidence.healthy.includes(name)).toSorted();
}

/** Lists by the id of the cluster that they are of. Nobody's id is nobody's restored cluster. */
function listsOf(
  rule: RestoringRule,
  { peers, self, clusterIds }: EtcdEvidence,
  isIt: (clusterId: string | undefined) => boolean,
): readonly NonNullable<EtcdEvidence["self"]>[] {
  const told = [...rule.peers.map(({ name }) => [name, peers.get(name)] as const), [rule.name, self] as const];
  return told.flatMap(([name, list]) => (list !== undefined && isIt(clusterIds?.get(name)) ? [list] : []));
}

/** Other members that answer and are not of the new cluster yet; for people. */
export function formerPeers(rule: RestoringRule, evidence: EtcdEvidence | undefined): readonly string[] {
  return rule.peers
    .map(({ name }) => name)
    .filter((name) => {
      const id = evidence?.clusterIds?.get(name);
      return id !== undefined && id !== rule.restore.clusterId;
    });
}

function snapshotReason(
  restore: EtcdRestoreRule,
  data: RestoreData,
  snapshot: SnapshotSeen | undefined,
): string | undefined {
  if (snapshot === undefined) return undefined;
  if ("missing" in snapshot)
    return `etcd begins anew from restore ${restore.id}, and no file here has its SHA-256 ${restore.sha256}: put the snapshot into ${restore.directories.at(-1) ?? ""} (${snapshot.missing})`;
  const needed = restoredBytes(snapshot.bytes);
  // what a killed try has left takes room, and goes first
  return snapshot.freeBytes < needed && !data.hasLeft
    ? `the file system of the data has ${snapshot.freeBytes} bytes left, and the restore needs ${needed}: make room`
    : undefined;
}

/** The rule of a container that has a restore. */
export function restoringRule({ etcd }: DesiredContainer): RestoringRule | undefined {
  return etcd?.restore === undefined ? undefined : { ...etcd, restore: etcd.restore };
}

/** How far it is, or why that cannot be told. */
export function restoreData(
  { dataDirectory, restore }: RestoringRule,
  paths: ObservedState["paths"],
): RestoreData | { readonly unknown: string } {
  const { pending, before, marker } = restoreNames(restore.id);
  const at = (name: string) => paths.get(`${dataDirectory}/${name}`);
  const found = [at("member"), at(`${pending}/member`), at(before), at(pending)];
  const unknown = found.find((path) => path?.type === "unknown");
  if (unknown?.type === "unknown") return { unknown: unknown.reason };
  const [member, made] = found.map((path) => (path?.type === "directory" ? path.entries : undefined));
  const [done] = (member ?? [])
    .flatMap((name) => parseMarker(name) ?? [])
    .toSorted((one, other) => other.number - one.number);
  return {
    done,
    hasMember: member !== undefined && member.length > 0,
    isMade: made?.includes(marker) === true,
    hasLeft: hasLeft(paths, { restore: restore.id, dataDirectory }),
  };
}
