// All that split and diff do before the first byte is written: read, check, prepare, compare.
import type { Problem } from "#shared/errors.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { problemOf } from "#shared/document/finding.ts";
import type { EtcdState, PlannerState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { etcdStateAfter } from "#planner/cluster/etcd-state.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import { kubernetesStateAfter } from "#planner/state/kubernetes-state-after.ts";
import { newLeaves } from "#planner/cluster/leaf-life.ts";
import { marksOf } from "#planner/life/marks-of.ts";
import type { Restored } from "#planner/life/verdict.ts";
import { formerOwnersIn, ownersIn } from "#planner/draft/owners.ts";
import { prepareKeys } from "#planner/pki/prepare-keys.ts";
import { preparePki } from "#planner/pki/prepare-pki.ts";
import { absentKeyWarnings } from "#planner/pki/pki-warnings.ts";
import { restoreFiles } from "#planner/pki/restore-files.ts";
import type { CaRequest } from "#planner/pki/types.ts";
import type { HostChange } from "./place-host.ts";
import { nextState, renderState } from "#planner/state/planner-state.ts";
import { sayBootstrapped } from "#planner/state/say-bootstrapped.ts";
import { removedMembers } from "./removed-members.ts";
import type { ValidatedCluster } from "#planner/draft/validate-cluster.ts";
import { validateCluster } from "#planner/draft/validate-cluster.ts";
import { beginAnew } from "./begin-anew.ts";
import { exposedWarnings, findExposed } from "./read/check-access.ts";
import type { Effects } from "#planner/effects.ts";
import { knownEtcd } from "./read/known-etcd.ts";
import { besides, loadCluster } from "./read/load-cluster.ts";
import type { GoneHost } from "./read/gone-hosts.ts";
import { goneHosts } from "./read/gone-hosts.ts";
import type { LoadedCluster } from "./read/load-cluster.ts";
import type { SplitOptions } from "./split-options.ts";
import type { OpenedCluster, PreparedSplit } from "./prepared-split.ts";
import { countAll, placeHosts } from "./place-hosts.ts";
import { startProgress } from "./progress.ts";
import { compareLife } from "./read/read-life.ts";
import { readState } from "./read/read-state.ts";

/** The cluster config, and the directories that belong to it. Throws CONFIG_*. */
export async function openCluster(options: SplitOptions, effects: Effects): Promise<OpenedCluster> {
  const loaded = await loadCluster(options.file, effects);
  const directories = {
    out: options.out ?? besides(options.file, "hosts"),
    pki: options.pki ?? besides(options.file, loaded.config.pki.directory),
  };
  return { loaded, directories };
}

/** Throws CONFIG_*, PKI_* and FILES_UNREADABLE; writes nothing. */
export async function prepareSplit(
  opened: OpenedCluster,
  options: SplitOptions,
  found: Effects,
): Promise<PreparedSplit> {
  const { loaded, directories } = opened;
  const anew = options.newCluster ? await beginAnew(opened, found) : undefined;
  const effects = anew?.effects ?? found;
  const progress = startProgress(effects);
  const known = anew?.known ?? (await readState(loaded, directories, effects));
  const isFirst = anew !== undefined || (known.proofs.length === 0 && Object.keys(known.state.hosts).length === 0);
  const state = {
    ...(options.bootstrapped ? sayBootstrapped(known.state, loaded.config) : known.state),
    ...(isFirst ? { leaves: newLeaves } : {}),
  };
  const etcd = await knownEtcd(state, directories.out, effects);
  const checked = checkCluster(loaded, { state, etcd, options, effects, progress });
  const { cluster, drafts } = checked;
  const isStateThere = known.text !== undefined || anew !== undefined;
  const life = { cluster, drafts, directories, state, isStateThere, proofs: known.proofs, source: loaded.source };
  const restored = await compareLife({ ...life, saidBootstrapped: options.bootstrapped }, effects);
  const pki = await prepareAll(drafts, { directory: directories.pki, restored, state, effects, progress });
  const placing = { pki, state, directories, files: effects.files, progress, showsAll: options.all || options.json };
  const objects = await countAll(drafts, placing);
  const hosts = await placeHosts(drafts, objects, placing);
  const configs = hosts.map(({ config }) => config);
  const owners = { owners: ownersIn(configs), formerOwners: formerOwnersIn(configs) };
  const kubernetes = kubernetesStateAfter(cluster, [...pki.pairs.keys(), ...pki.encryption.keys()], objects);
  const after = { kubernetes, etcd: etcdStateAfter(cluster, etcd), marks: marksOf(pki, state.hashKey) };
  const stateText = renderState(nextState({ ...state, users: cluster.users, ...owners }, hosts, after));
  const gone = await goneHosts(cluster, directories, effects);
  const named = [...drafts, ...gone].map(({ host }) => host);
  const exposed = await findExposed(drafts, { directories, file: options.file, hosts: named }, found);
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
    setAside: anew?.setAside ?? [],
    warnings: [
      ...known.warnings,
      ...checked.warnings,
      ...removalWarnings(cluster, { hosts, gone, source: loaded.source }),
      ...exposedWarnings(exposed),
      ...absentKeyWarnings(pki.cas, directories.pki),
      ...pki.warnings,
    ],
  };
}

type Check = {
  readonly state: PlannerState;
  readonly etcd: EtcdState | undefined;
  readonly options: SplitOptions;
  readonly effects: Effects;
  readonly progress: ReturnType<typeof startProgress>;
};

/** Throws CONFIG_INVALID. */
function checkCluster(
  { config, inputs, problems, source }: LoadedCluster,
  { state, etcd, options, effects, progress }: Check,
): ValidatedCluster {
  const checked = validateCluster(config, {
    source,
    inputs,
    bootstrapped: state.bootstrapped,
    users: state.users ?? "nobody",
    state: state.kubernetes,
    leaves: state.leaves,
    forceNetwork: options.forceNetwork,
    forceVersion: options.forceVersion,
    etcd,
    forceEtcd: options.forceEtcd,
    now: effects.clock.now(),
    onProgress: (done, total) => progress("checked # hosts", done, total),
  });
  const all = [...problems, ...checked.problems];
  if (all.length > 0) throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems: all });
  return checked;
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

type Prepare = {
  readonly directory: string;
  readonly restored: readonly Restored[];
  readonly state: PlannerState;
  readonly effects: Effects;
  readonly progress: ReturnType<typeof startProgress>;
};

/** Keys are written before certificates, though neither uses the other. */
async function prepareAll(
  drafts: readonly HostDraft[],
  { directory, restored, state, effects, progress }: Prepare,
): Promise<PreparedSplit["pki"]> {
  const back = restoreFiles(directory, restored, effects.pki);
  const keys = await prepareKeys({
    directory,
    keys: drafts.flatMap((draft) => draft.keys),
    made: state.kubernetes?.keys ?? [],
    io: back.io,
    randomBytes: effects.randomBytes,
  });
  const certificates = await preparePki({
    directory,
    cas: uniqueCas(drafts),
    certificates: drafts.flatMap((draft) => draft.certificates),
    io: back.io,
    clock: effects.clock,
    onProgress: ({ phase, done, total }) => progress(`${phase} # certificates`, done, total),
  });
  return {
    ...certificates,
    pairs: keys.pairs,
    encryption: keys.encryption,
    changes: [...back.changes, ...keys.changes, ...certificates.changes].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    write: async () => {
      await back.write();
      await keys.write();
      await certificates.write();
    },
  };
}

function uniqueCas(drafts: readonly HostDraft[]): readonly CaRequest[] {
  return [...new Map(drafts.flatMap(({ cas }) => cas).map((ca) => [ca.id, ca])).values()];
}
