// Reads the host's files below a mount of its `/`. It must never write, and never follow a link out of the mount.
import { constants, type BigIntStats } from "node:fs";
import { open, opendir } from "node:fs/promises";
import { contentDigest } from "#shared/canonical.ts";
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { ObservedPath } from "#shared/reconcile/observed.ts";
import { createInodeCache, type InodeCache } from "./inode-cache.ts";
import { maxEntries, maxFileBytes, tooLargeDigest, type HostTree, type ObserveOptions } from "./host-tree.ts";
import { isGone, lookAtLink, onDiskPath, unreadable } from "./look-at-link.ts";
import { realPathOf } from "./real-path.ts";
import { resolvePath, type Looked, type Resolved } from "./resolve-path.ts";

/** What is remembered between calls: digests of files, names in directories. */
type Caches = { readonly digests: InodeCache<string>; readonly listings: InodeCache<readonly string[]> };

/** Paths that are looked at side by side; each may have a file open. */
const parallelLooks = 16;

/** The tree below `root`, such as `/host`. What was read of unchanged inodes is remembered between calls. */
export function createMountedTree(options: { readonly root: string; readonly clock: Clock }): HostTree {
  const { root } = options;
  const caches = {
    digests: createInodeCache<string>(options.clock),
    listings: createInodeCache<readonly string[]>(options.clock),
  };
  return {
    free: true,
    observe: (paths, observeOptions = {}) => observeAll({ root, caches }, paths, observeOptions),
    readFile: async (path) => {
      const resolved = await createWalk(root).resolve(path);
      return resolved.type === "found" ? readRegular(onDiskPath(root, resolved.path), path) : undefined;
    },
    realPaths: async (paths) => {
      const walk = createWalk(root);
      const found = new Map<string, string>();
      for (const path of paths) found.set(path, realPathOf(path, await walk.resolve(path, "root")));
      return found;
    },
  };
}

/** One pass over the tree: every component is looked at once. */
type Walk = {
  readonly resolve: (path: string, follow?: "root") => Promise<Resolved>;
  readonly look: (path: string) => Looked & { readonly stats?: BigIntStats };
};

function createWalk(root: string): Walk {
  const seen = new Map<string, ReturnType<Walk["look"]>>();
  const look: Walk["look"] = (path) => {
    const known = seen.get(path) ?? lookAtLink(root, path);
    seen.set(path, known);
    return known;
  };
  return { resolve: (path, follow) => resolvePath(path, look, follow), look };
}

async function observeAll(
  tree: { readonly root: string; readonly caches: Caches },
  paths: readonly string[],
  options: ObserveOptions,
): Promise<ReadonlyMap<string, ObservedPath>> {
  const walk = createWalk(tree.root);
  const found = new Map<string, ObservedPath>();
  const context = { ...tree, walk, hashKey: options.hashKey };
  for (let from = 0; from < paths.length; from += parallelLooks) {
    options.signal?.throwIfAborted();
    const batch = paths.slice(from, from + parallelLooks);
    const looked = await Promise.all(batch.map(async (path) => [path, await observeOne(path, context)] as const));
    for (const [path, what] of looked) found.set(path, what);
  }
  tree.caches.digests.forgetOld();
  tree.caches.listings.forgetOld();
  return found;
}

type Observing = {
  readonly root: string;
  readonly caches: Caches;
  readonly walk: Walk;
  readonly hashKey: string | undefined;
};

async function observeOne(path: string, context: Observing): Promise<ObservedPath> {
  const resolved = await context.walk.resolve(path);
  if (resolved.type === "missing") return { type: "missing" };
  if (resolved.type === "blocked") return { type: "other", what: resolved.what };
  const looked = context.walk.look(resolved.path);
  if (looked.type === "other") return { type: "other", what: looked.what };
  const { stats } = looked;
  if (stats === undefined) return { type: "missing" };
  const owned = { mode: Number(stats.mode & 0o7777n), uid: Number(stats.uid), gid: Number(stats.gid) };
  const onDisk = onDiskPath(context.root, resolved.path);
  if (looked.type === "directory")
    return { type: "directory", ...owned, entries: await listingOf(onDisk, { path, stats, context }) };
  const digest = await digestOf(onDisk, { path, stats, context });
  if (digest === undefined) return { type: "missing" };
  return { type: "file", ...owned, digest, changedAt: Number(stats.ctimeNs / 1_000_000n) };
}

type About = { readonly path: string; readonly stats: BigIntStats; readonly context: Observing };

async function digestOf(onDisk: string, about: About): Promise<string | undefined> {
  const { stats, context } = about;
  if (stats.size > BigInt(maxFileBytes)) return tooLargeDigest(Number(stats.size));
  const known = context.caches.digests.find(stats, context.hashKey);
  if (known !== undefined) return known;
  const content = await readRegular(onDisk, about.path);
  if (content === undefined) return undefined;
  const digest = contentDigest(content, context.hashKey);
  context.caches.digests.remember({ stats, hashKey: context.hashKey, value: digest });
  return digest;
}

/** A name that comes or goes changes the directory's inode. */
async function listingOf(onDisk: string, { path, stats, context }: About): Promise<readonly string[]> {
  const { listings } = context.caches;
  const known = listings.find(stats, undefined);
  if (known !== undefined) return known;
  const value = await entriesOf(onDisk, path);
  listings.remember({ stats, hashKey: undefined, value });
  return value;
}

async function entriesOf(onDisk: string, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(onDisk)) {
      names.push(entry.name);
      if (names.length === maxEntries) break;
    }
  } catch (error) {
    if (!isGone(error)) throw unreadable(path, error);
  }
  return names.toSorted();
}

/** O_NONBLOCK: a pipe that took the file's place since we looked must not hold us up. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function readRegular(onDisk: string, path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(onDisk, readFlags);
    const stats = await file.stat();
    if (!stats.isFile()) return undefined;
    if (stats.size > maxFileBytes)
      throw new FlexkubeError("FILES_UNREADABLE", "a file is too large", { path, reason: `${stats.size} bytes` });
    return await file.readFile();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}
