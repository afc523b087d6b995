// Reads the host's files below a mount of its `/`. It must never write, and never follow a link out of the mount.
import type { BigIntStats } from "node:fs";
import { contentDigest } from "#shared/canonical.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { ObservedPath } from "#shared/state/observed.ts";
import { createInodeCache, type InodeCache } from "./inode-cache.ts";
import { createHostViews, type HostFiles, type HostFilesOptions, type LinkLook } from "./host-files.ts";
import { maxFileBytes, tooLargeDigest, type HostTree, type ObserveOptions, type RealPath } from "./host-tree.ts";
import { isGuarded } from "./look-at-link.ts";
import { realPathOf } from "./real-path.ts";
import { resolvePath, type Resolved } from "./resolve-path.ts";

/** What is remembered between calls: digests of files, names in directories. */
type Caches = { readonly digests: InodeCache<string>; readonly listings: InodeCache<readonly string[]> };

/** Paths that are looked at side by side; each may have a file open. */
const parallelLooks = 16;

/** The tree below `root`, such as `/host`. What was read of unchanged inodes is remembered between calls. */
export function createMountedTree(options: HostFilesOptions & { readonly clock: Clock }): HostTree {
  const view = createHostViews(options);
  const caches = {
    digests: createInodeCache<string>(options.clock),
    listings: createInodeCache<readonly string[]>(options.clock),
  };
  return {
    free: true,
    observe: async (paths, observeOptions = {}) =>
      observeAll({ files: view(observeOptions.signal), caches }, paths, observeOptions),
    readFile: async (path, { signal } = {}) => {
      const files = view(signal);
      const resolved = await createWalk(files).resolve(path);
      return resolved.type === "found" ? files.read(resolved.path) : undefined;
    },
    realPaths: async (paths, { signal } = {}) => {
      const walk = createWalk(view(signal));
      const found = new Map<string, RealPath>();
      for (const path of paths) found.set(path, await realPath(path, walk));
      return found;
    },
  };
}

/** One pass over the tree: every component is looked at once. */
type Walk = {
  readonly resolve: (path: string, follow?: "root") => Promise<Resolved>;
  readonly look: (path: string) => LinkLook | Promise<LinkLook>;
};

function createWalk(files: HostFiles): Walk {
  const seen = new Map<string, ReturnType<Walk["look"]>>();
  const look: Walk["look"] = (path) => {
    const known = seen.get(path) ?? files.look(path);
    seen.set(path, known);
    return known;
  };
  return { resolve: (path, follow) => resolvePath(path, look, follow), look };
}

async function realPath(path: string, walk: Walk): Promise<RealPath> {
  const resolved = await walk.resolve(path, "root");
  const real = realPathOf(path, resolved);
  const guarded = async (at: string): Promise<boolean> => isGuarded((await walk.look(at)).stats);
  const way = resolved.type === "blocked" ? [] : await Promise.all(resolved.through.map(guarded));
  const isWayGuarded = way.every((isSo) => isSo);
  const isItself = resolved.type === "missing" || (await guarded(real));
  return { path: real, isWayGuarded, isGuarded: isWayGuarded && isItself };
}

async function observeAll(
  { files, caches }: { readonly files: HostFiles; readonly caches: Caches },
  paths: readonly string[],
  options: ObserveOptions,
): Promise<ReadonlyMap<string, ObservedPath>> {
  const found = new Map<string, ObservedPath>();
  const context = { files, caches, walk: createWalk(files), hashKey: options.hashKey };
  for (let from = 0; from < paths.length; from += parallelLooks) {
    options.signal?.throwIfAborted();
    const batch = paths.slice(from, from + parallelLooks);
    const looked = await Promise.all(batch.map(async (path) => [path, await observeOrTell(path, context)] as const));
    for (const [path, what] of looked) found.set(path, what);
  }
  caches.digests.forgetOld();
  caches.listings.forgetOld();
  return found;
}

type Observing = {
  readonly files: HostFiles;
  readonly caches: Caches;
  readonly walk: Walk;
  readonly hashKey: string | undefined;
};

async function observeOrTell(path: string, context: Observing): Promise<ObservedPath> {
  try {
    return await observeOne(path, context);
  } catch (error) {
    if (isFlexkubeError(error, "FILES_UNREADABLE")) return { type: "unknown", reason: error.details.reason };
    throw error;
  }
}

async function observeOne(path: string, context: Observing): Promise<ObservedPath> {
  const resolved = await context.walk.resolve(path);
  if (resolved.type === "missing") return { type: "missing" };
  if (resolved.type === "blocked") return { type: "other", what: resolved.what };
  const looked = await context.walk.look(resolved.path);
  if (looked.type === "other") return { type: "other", what: looked.what };
  const { stats } = looked;
  if (stats === undefined) return { type: "missing" };
  const owned = { mode: Number(stats.mode & 0o7777n), uid: Number(stats.uid), gid: Number(stats.gid) };
  const about = { path: resolved.path, stats, context };
  if (looked.type === "directory")
    return { type: "directory", ...owned, entries: await listingOf(about), identity: identityOf(stats) };
  const digest = await digestOf(about);
  if (digest === undefined) return { type: "missing" };
  return { type: "file", ...owned, digest, changedAt: Number(stats.ctimeNs / 1_000_000n) };
}

/** A number of an inode is given again when it is free; its time of birth is not. */
export function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}

/** `path`: without links in it. */
type About = { readonly path: string; readonly stats: BigIntStats; readonly context: Observing };

async function digestOf({ path, stats, context }: About): Promise<string | undefined> {
  if (stats.size > BigInt(maxFileBytes)) return tooLargeDigest(Number(stats.size));
  const known = context.caches.digests.find(stats, context.hashKey);
  if (known !== undefined) return known;
  const content = await context.files.read(path);
  if (content === undefined) return undefined;
  const digest = contentDigest(content, context.hashKey);
  context.caches.digests.remember({ stats, hashKey: context.hashKey, value: digest });
  return digest;
}

/** A name that comes or goes changes the directory's inode. */
async function listingOf({ path, stats, context }: About): Promise<readonly string[]> {
  const { listings } = context.caches;
  const known = listings.find(stats, undefined);
  if (known !== undefined) return known;
  const value = await context.files.list(path);
  listings.remember({ stats, hashKey: undefined, value });
  return value;
}
