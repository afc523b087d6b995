// Opens the place where a cluster's keys lie: a directory, or memory filled from the state.
import { join, resolve } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#planner/effects.ts";
import { putOnDisk, treeOnDisk } from "#planner/terraform/keys/disk-tree.ts";
import type { Directories } from "#planner/terraform/keys/disk-tree.ts";
import { memoryGround, memoryHosts, memoryPki } from "#planner/terraform/keys/memory-ground.ts";
import type { Digests } from "#planner/terraform/keys/seen-inputs.ts";
import { seenInputs } from "#planner/terraform/keys/seen-inputs.ts";
import { openTree } from "#planner/terraform/keys/sealed-tree.ts";
import type { Tree } from "#planner/terraform/keys/tree.ts";
import { emptyTree } from "#planner/terraform/keys/tree.ts";
import type { ClusterRow } from "#planner/terraform/resource/cluster-attributes.ts";
import type { ClusterWish } from "#planner/terraform/resource/cluster-wish.ts";
import { besideOf } from "#planner/terraform/resource/cluster-wish.ts";
import { unknown } from "#planner/terraform/wire/value.ts";
import type { ProviderEffects } from "./provider-effects.ts";

export type Ground = {
  readonly effects: Effects;
  /** The cluster config's path there. */
  readonly file: string;
  readonly directories: Directories;
  readonly digests: () => Digests;
  /** In memory: what was there at first, and what is there now. */
  readonly memory: { readonly before: Tree; readonly now: () => Tree } | undefined;
};

export type Opening = {
  readonly wish: ClusterWish;
  readonly prior: ClusterRow | undefined;
  /** For all that is made and judged, in epoch milliseconds. */
  readonly at: number;
  /** Keys of a state may be written to the directory where they are to lie. */
  readonly isApplied: boolean;
};

/** Throws INTERNAL_USAGE where what is sealed is not opened, PKI_* and FILES_*. */
export async function openGround({ wish, prior, at, isApplied }: Opening, effects: ProviderEffects): Promise<Ground> {
  const { place } = wish;
  const about = { wish, at, effects };
  if (place.kind !== "directory") return inMemory(await priorTree(prior, wish, effects), about);
  const directories = absolute(place, effects);
  if (prior === undefined || isOnDisk(prior)) return onDisk(directories, about);
  const tree = await priorTree(prior, wish, effects);
  refuseOther(tree, await treeOnDisk(directories, effects.files), directories);
  if (!isApplied) return inMemory(tree, about);
  const lock = await effects.lock.acquire(directories.pki);
  try {
    await putOnDisk(tree, directories, effects);
  } finally {
    await lock.release();
  }
  return onDisk(directories, about);
}

type About = { readonly wish: ClusterWish; readonly at: number; readonly effects: ProviderEffects };

function onDisk(directories: Directories, about: About): Ground {
  const { files, pki, lock } = about.effects;
  const own = [directories.pki, directories.hosts];
  return { ...withInputs({ files, pki, lock }, own, about), directories, memory: undefined };
}

function inMemory(tree: Tree, about: About): Ground {
  const memory = memoryGround(tree, about.effects.files);
  const directories = { pki: memoryPki, hosts: memoryHosts };
  const ground = withInputs({ ...memory, lock: noLock }, [memoryPki, memoryHosts], about);
  return { ...ground, directories, memory: { before: tree, now: memory.tree } };
}

/** Nobody else sees the memory of this process. */
const noLock: Effects["lock"] = {
  acquire: () => Promise.resolve({ check: () => Promise.resolve(), release: () => Promise.resolve() }),
};

function withInputs(
  { files, pki, lock }: Pick<Effects, "files" | "pki" | "lock">,
  own: readonly string[],
  { wish, at, effects }: About,
): Pick<Ground, "effects" | "file" | "digests"> {
  const file = configPath(wish, effects);
  const seen = seenInputs(files, { config: { path: file, text: wish.config }, own });
  const { clock, randomBytes, log } = effects;
  return {
    file,
    digests: seen.digests,
    effects: {
      files: seen.files,
      pki,
      lock,
      clock: { now: () => at, sleep: (ms, signal) => clock.sleep(ms, signal) },
      randomBytes,
      print: log,
      printError: log,
    },
  };
}

/** A path for what has none: relative ones of the config are seen from there. */
export function configPath(
  { directory }: Pick<ClusterWish, "directory">,
  { workingDirectory }: ProviderEffects,
): string {
  return join(resolve(workingDirectory, directory), "cluster.yaml");
}

function absolute({ pki, hosts }: Directories, { workingDirectory }: ProviderEffects): Directories {
  return { pki: resolve(workingDirectory, pki), hosts: resolve(workingDirectory, hosts) };
}

function isOnDisk({ pki, sealed_pki: sealed }: ClusterRow): boolean {
  return pki === null && sealed === null;
}

async function priorTree(
  prior: ClusterRow | undefined,
  { identity }: ClusterWish,
  effects: ProviderEffects,
): Promise<Tree> {
  if (prior === undefined) return emptyTree;
  const { pki, host_configs: hosts, sealed_pki: sealed, pki_directory: directory, hosts_directory: beside } = prior;
  if (pki !== null && pki !== unknown)
    return {
      pki: new Map(Object.entries(pki)),
      hosts: new Map(Object.entries(hosts === unknown ? {} : (hosts ?? {}))),
    };
  if (typeof sealed === "string") {
    if (identity === undefined)
      throw new FlexkubeError("INTERNAL_USAGE", "the keys in the state are sealed", {
        argument: "identity_wo",
        reason: "give the identity that opens them, also to keep them elsewhere from now on",
      });
    return openTree(sealed, identity);
  }
  if (typeof directory !== "string") return emptyTree;
  const hostsAt = typeof beside === "string" ? beside : besideOf(directory);
  return treeOnDisk(absolute({ pki: directory, hosts: hostsAt }, effects), effects.files);
}

/** A copy that was cut is completed; anything else there is somebody's. */
function refuseOther(tree: Tree, found: Tree, { pki, hosts }: Directories): void {
  const other = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string | undefined =>
    [...b].find(([name, text]) => a.get(name) !== text)?.[0];
  const name = other(tree.pki, found.pki);
  const host = other(tree.hosts, found.hosts);
  if (name === undefined && host === undefined) return;
  const file = name === undefined ? join(hosts, `${host}.yaml`) : join(pki, name);
  const reason = "it is not what the state has; the keys of the state go to a directory of their own";
  throw new FlexkubeError("PKI_MISMATCH", "another file is in the way", { file, reason });
}
