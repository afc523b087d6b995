// All that split and diff do before the first byte is written: read, check, make, place, conclude. What is decided on the way
// is decided by pure functions; a host file is read when its turn comes, since ten thousand of them are gigabytes.
import { join, relative } from "node:path";
import { usage } from "#shared/command-line/usage.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { SealingKeys } from "#planner/pki/sealing-keys.ts";
import type { HostChange } from "#planner/split/place-host.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import { newBackups } from "#planner/cluster/etcd-backup.ts";
import { newCare } from "#planner/cluster/etcd-care.ts";
import { newMembership } from "#planner/cluster/etcd-members.ts";
import { newLeaves } from "#planner/cluster/leaf-life.ts";
import { hostFileName } from "#planner/life/host-file.ts";
import type { Restored } from "#planner/life/judgement.ts";
import { prepareKeys } from "#planner/pki/prepare-keys.ts";
import { preparePki } from "#planner/pki/prepare-pki.ts";
import { restoreFiles } from "#planner/pki/restore-files.ts";
import type { CaRequest } from "#planner/pki/types.ts";
import { sayBootstrapped } from "#planner/state/say-bootstrapped.ts";
import { decideRestore } from "#planner/split/decide-restore.ts";
import type { RestoreWish } from "#planner/restore/restore-wish.ts";
import { checkSplit } from "#planner/split/check-split.ts";
import { concludeSplit } from "#planner/split/conclude-split.ts";
import { beginAnew } from "./begin-anew.ts";
import { findExposed } from "#planner/split/read/check-access.ts";
import type { Effects } from "#planner/effects.ts";
import { knownEtcd } from "#planner/split/read/known-etcd.ts";
import { besides, loadCluster } from "#planner/split/read/load-cluster.ts";
import { goneHosts } from "#planner/split/read/gone-hosts.ts";
import type { LoadedCluster } from "#planner/split/read/load-cluster.ts";
import type { SplitOptions } from "#planner/split/split-options.ts";
import type { OpenedCluster, PreparedSplit } from "#planner/split/prepared-split.ts";
import { hostsCompared } from "#planner/split/prepared-split.ts";
import { countAll, placeHosts } from "./place-hosts.ts";
import { startProgress } from "./progress.ts";
import { compareLife } from "#planner/split/read/read-life.ts";
import { readState } from "#planner/split/read/read-state.ts";

/** The cluster config, and the directories that belong to it. Throws CONFIG_*, and INTERNAL_USAGE where one file would be two. */
export async function openCluster(options: SplitOptions, effects: Effects): Promise<OpenedCluster> {
  const loaded = await loadCluster(options.file, effects);
  const directories = {
    out: options.out ?? besides(options.file, "hosts"),
    pki: options.pki ?? besides(options.file, loaded.config.pki.directory),
    sealed: besides(options.file, "sealed"),
  };
  checkApart({ loaded, directories }, options.file);
  return { loaded, directories };
}

/** A host may be called as the state or the cluster config is. */
function checkApart({ loaded, directories }: OpenedCluster, file: string): void {
  const { out, pki } = directories;
  if (relative(out, pki) === "") throw usage(out, "keys are kept there: host configs need a directory of their own");
  const host = Object.keys(loaded.config.hosts).find((name) => relative(join(out, hostFileName(name)), file) === "");
  if (host !== undefined) throw usage(out, `the host config of ${host} would replace ${file}: name another directory`);
}

export type PrepareOptions = SplitOptions & { readonly restore?: RestoreWish };

/** Throws CONFIG_*, PKI_* and FILES_UNREADABLE; writes nothing. */
export async function prepareSplit(
  opened: OpenedCluster,
  options: PrepareOptions,
  found: Effects,
): Promise<PreparedSplit> {
  const { loaded, directories } = opened;
  const anew = options.newCluster ? await beginAnew(opened, found) : undefined;
  const effects = anew?.effects ?? found;
  const progress = startProgress(effects);
  const known = anew?.known ?? (await readState(loaded, directories, effects));
  const isFirst = anew !== undefined || (known.proofs.length === 0 && Object.keys(known.state.hosts).length === 0);
  const before = stateToBeginWith(known.state, loaded, {
    isFirst,
    saidBootstrapped: options.bootstrapped,
    saidSeal: options.seal,
  });
  const etcd = await knownEtcd(before, { out: directories.out, proofs: known.proofs }, effects);
  const now = effects.clock.now();
  const restoring = options.restore && { wish: options.restore, state: before, etcd, file: options.file, now };
  const restore = restoring && decideRestore(loaded, restoring);
  const state = restore?.state ?? before;
  const onProgress = (done: number, total: number): void => progress("checked # hosts", done, total);
  const checked = checkSplit(loaded, { state, etcd, options, restore, now, onProgress });
  const { cluster, drafts } = checked;
  const isStateThere = known.text !== undefined || anew !== undefined;
  const life = { cluster, drafts, directories, state, isStateThere, proofs: known.proofs, source: loaded.source };
  const restored = await compareLife({ ...life, saidBootstrapped: options.bootstrapped }, effects);
  const sealing = await sealingOf(cluster, { known: known.state, directory: directories.pki, effects });
  const pki = await prepareAll(drafts, { directory: directories.pki, restored, state, effects, progress, sealing });
  const placing = { pki, state, directories, files: effects.files, progress, shown: hostsCompared(options) };
  const objects = await countAll(drafts, placing);
  const hosts = await placeHosts(drafts, objects, placing);
  const gone = await goneHosts(cluster, directories, effects);
  const named = [...drafts, ...gone].map(({ host }) => host);
  const exposed = await findExposed(drafts, { directories, file: options.file, hosts: named }, found);
  const begun = { source: loaded.source, directories, checked, state, known, isFirst, etcd, restore };
  const sealed = await sealedOf(hosts, { sealing, directories, files: effects.files });
  return { ...concludeSplit({ ...begun, pki, objects, hosts, gone, exposed, setAside: anew?.setAside ?? [] }), sealed };
}

/** Keys of sealed host configs, where they are sealed: else nothing of it is loaded. */
async function sealingOf(
  { sealed, config }: Cluster,
  { known, directory, effects }: Pick<Prepare, "directory" | "effects"> & { readonly known: PlannerState },
): Promise<SealingKeys | undefined> {
  if (sealed === undefined) return undefined;
  const { prepareSealing } = await import("#planner/pki/sealing-keys.ts");
  const hosts = Object.entries(config.hosts).map(([host, { recipient }]) => ({ host, recipient }));
  // the state of a founding says so before there are keys
  const isInUse = known.sealed !== undefined && Object.keys(known.hosts).length > 0;
  return prepareSealing({ directory, hosts, io: effects.pki, isInUse });
}

type Sealable = Pick<Prepare, "sealing"> & Pick<PreparedSplit, "directories"> & Pick<Effects, "files">;

async function sealedOf(
  hosts: readonly HostChange[],
  { sealing, directories: { sealed: directory, pki }, files }: Sealable,
): Promise<PreparedSplit["sealed"]> {
  if (sealing === undefined) return undefined;
  const { prepareSealed } = await import("#planner/seal/seal-hosts.ts");
  return prepareSealed(hosts, { keys: sealing, directory, pki, files });
}

type Said = { readonly isFirst: boolean; readonly saidBootstrapped: boolean; readonly saidSeal: boolean };

function stateToBeginWith(
  known: PlannerState,
  { config }: LoadedCluster,
  { isFirst, saidBootstrapped, saidSeal }: Said,
): PlannerState {
  return {
    ...(saidBootstrapped ? sayBootstrapped(known, config) : known),
    ...(saidSeal ? { sealed: "on" } : {}),
    ...(isFirst ? { leaves: newLeaves, backups: newBackups, care: newCare, membership: newMembership } : {}),
  };
}

type Prepare = {
  readonly directory: string;
  readonly restored: readonly Restored[];
  readonly state: PlannerState;
  readonly effects: Effects;
  readonly progress: ReturnType<typeof startProgress>;
  readonly sealing: SealingKeys | undefined;
};

/** Keys are written before certificates, though neither uses the other. */
async function prepareAll(
  drafts: readonly HostDraft[],
  { directory, restored, state, effects, progress, sealing }: Prepare,
): Promise<PreparedSplit["pki"]> {
  const back = restoreFiles(directory, restored, effects.pki);
  const keys = await prepareKeys({
    directory,
    keys: drafts.flatMap((draft) => draft.keys),
    made: state.kubernetes?.keys ?? [],
    io: back.io,
    randomBytes: effects.randomBytes,
  });
  const authorities = uniqueCas(drafts);
  const certificates = await preparePki({
    directory,
    cas: authorities,
    certificates: drafts.flatMap((draft) => draft.certificates),
    io: back.io,
    clock: effects.clock,
    onProgress: ({ phase, done, total }) => progress(`${phase} # certificates`, done, total),
  });
  const made = sealing?.changes ?? [];
  return {
    ...certificates,
    authorities,
    holders: new Map(drafts.flatMap(({ host, certificates: own }) => own.map(({ id }) => [id, host]))),
    sealing,
    pairs: keys.pairs,
    encryption: keys.encryption,
    changes: [...back.changes, ...keys.changes, ...certificates.changes, ...made].toSorted((a, b) =>
      a.id < b.id ? -1 : 1,
    ),
    write: async () => {
      await back.write();
      await keys.write();
      await sealing?.write();
      await certificates.write();
    },
  };
}

function uniqueCas(drafts: readonly HostDraft[]): readonly CaRequest[] {
  return [...new Map(drafts.flatMap(({ cas }) => cas).map((ca) => [ca.id, ca])).values()];
}
