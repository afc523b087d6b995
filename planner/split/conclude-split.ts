// What a split comes to when all of it is known: the state that it leaves behind, and what is said of it. Pure.
import type { Problem } from "#shared/errors.ts";
import { problemOf } from "#shared/document/finding.ts";
import { join } from "node:path";
import { encryptionKeysId } from "#planner/draft/fragment/key-ids.ts";
import type { RestoreWish } from "#planner/restore/restore-wish.ts";
import type { DecidedRestore } from "./decide-restore.ts";
import type { EtcdState, PlannerState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { etcdStateAfter } from "#planner/cluster/etcd-state.ts";
import type { ValidatedCluster } from "#planner/draft/validate-cluster.ts";
import { formerOwnersIn, ownersIn } from "#planner/draft/owners.ts";
import { marksOf } from "#planner/life/marks-of.ts";
import { absentKeyWarnings } from "#planner/pki/pki-warnings.ts";
import { kubernetesStateAfter } from "#planner/state/kubernetes-state-after.ts";
import { nextState, renderState, stateFileName } from "#planner/state/planner-state.ts";
import type { Counted } from "./count-objects.ts";
import type { HostChange } from "./place-host.ts";
import type { Directories, PreparedSplit, SetAside } from "./prepared-split.ts";
import { exposedWarnings } from "./read/check-access.ts";
import type { Exposed } from "./read/check-access.ts";
import type { GoneHost } from "./read/gone-hosts.ts";
import type { LoadedCluster } from "./read/load-cluster.ts";
import { membersReport } from "./members-report.ts";
import { removedMembers } from "./removed-members.ts";

/** All that was read, checked and made. */
export type SplitFindings = {
  readonly source: LoadedCluster["source"];
  readonly directories: Directories;
  readonly checked: Pick<ValidatedCluster, "cluster" | "warnings">;
  /** The state that this split began with, its text as it was read, and what was said of it. */
  readonly state: PlannerState;
  readonly known: { readonly text: string | undefined; readonly warnings: readonly Problem[] };
  readonly isFirst: boolean;
  readonly etcd: EtcdState | undefined;
  readonly restore: DecidedRestore | undefined;
  readonly pki: PreparedSplit["pki"];
  readonly objects: Counted | undefined;
  readonly hosts: readonly HostChange[];
  readonly gone: readonly GoneHost[];
  readonly exposed: readonly Exposed[];
  readonly setAside: readonly SetAside[];
};

export function concludeSplit(findings: SplitFindings): PreparedSplit {
  const { source, directories, checked, state, known, isFirst, restore, pki, hosts, gone, exposed, setAside } =
    findings;
  const { cluster } = checked;
  const stateText = stateAfter(findings);
  return {
    cluster,
    directories,
    pki,
    hashKey: state.hashKey,
    stateText: stateText === known.text ? undefined : stateText,
    hosts,
    gone,
    founding: isFirst ? renderState(state) : undefined,
    exposed,
    setAside,
    members: restore === undefined ? membersReport(cluster, findings.etcd) : undefined,
    restore,
    warnings: [
      ...known.warnings,
      ...(restore === undefined ? [] : restoreWarnings(restore, findings)),
      ...checked.warnings,
      ...removalWarnings(cluster, { hosts, gone, source }),
      ...exposedWarnings(exposed),
      ...absentKeyWarnings(pki.cas, directories.pki),
      ...pki.warnings,
    ],
  };
}

function stateAfter({ checked, state, etcd, pki, objects, hosts }: SplitFindings): string {
  const { cluster } = checked;
  const configs = hosts.map(({ config }) => config);
  const owners = { owners: ownersIn(configs), formerOwners: formerOwnersIn(configs) };
  const kubernetes = kubernetesStateAfter(cluster, [...pki.pairs.keys(), ...pki.encryption.keys()], objects);
  const after = { kubernetes, etcd: etcdStateAfter(cluster, etcd), marks: marksOf(pki, state.hashKey) };
  return renderState(nextState({ ...state, users: cluster.users, ...owners }, hosts, after));
}

function restoreWarnings(
  { warnings, wish }: DecidedRestore,
  { known, pki, directories }: SplitFindings,
): readonly Problem[] {
  return [...warnings, ...unknownFormer(known, directories), ...missingKeys(wish, pki, directories)];
}

/** Host configs tell of those members that they have, not of those that left before. */
function unknownFormer({ text }: SplitFindings["known"], { pki }: Directories): readonly Problem[] {
  if (text !== undefined) return [];
  const problem = "it is lost, so members that left etcd before the last split are not known";
  const hint = "make sure that none of them runs: one with the old data could go on as a second cluster";
  return [{ path: "", file: join(pki, stateFileName), problem, hint }];
}

/** What stands encrypted in the snapshot is of no use without its key. */
function missingKeys(
  { snapshot }: RestoreWish,
  { encryption }: PreparedSplit["pki"],
  { pki: directory }: Directories,
): readonly Problem[] {
  const held = new Set([...encryption.values()].flatMap((keys) => keys.reveal().map(({ name }) => name)));
  const { encryptionKeys, file } = snapshot;
  const missing = encryptionKeys.filter((name) => !held.has(name));
  if (missing.length === 0) return [];
  const problem = `values in it are, or were, encrypted with ${missing.join(", ")}, and ${directory} has no such key to read them with`;
  const hint = `put the key back into ${join(directory, encryptionKeysId)}, a line \`<name> <base64>\`; API servers tell of values that they cannot read`;
  return [{ path: "", file, problem, hint }];
}

type Removal = {
  readonly hosts: readonly HostChange[];
  readonly gone: readonly GoneHost[];
  readonly source: LoadedCluster["source"];
};

function removalWarnings(cluster: Cluster, { hosts, gone, source }: Removal): readonly Problem[] {
  const before = hosts.flatMap(({ old }) => (old === undefined ? [] : [old]));
  const left = gone.flatMap(({ config }) => (config === undefined ? [] : [config]));
  return removedMembers(cluster, before, left).map((finding) => problemOf(finding, source));
}
