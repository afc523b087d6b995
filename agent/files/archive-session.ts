// Looks at the host's files through the archive API of one config container. It must stay with as few GETs as
// possible: one costs some 80 ms whatever it brings, a HEAD 4 ms.
import type { ArchiveStat, Engine } from "#agent/engine/engine.ts";
import { hostMount } from "./config-container.ts";
import { maxEntries, maxFileBytes } from "./host-tree.ts";
import { baseOf, below, parentOf, type Looked } from "./resolve-path.ts";
import { readTar, type TarEntry } from "./tar.ts";

/** What is at a path; `entry` when it came by GET, `stat` when only HEAD was asked. */
export type ArchiveLook = Looked & { readonly entry?: TarEntry; readonly stat?: ArchiveStat };

export type ArchiveSession = {
  readonly look: (path: string) => Promise<ArchiveLook>;
  /** A file with owner and content; undefined when it went meanwhile. */
  readonly readFile: (path: string) => Promise<Extract<TarEntry, { readonly type: "file" }> | undefined>;
  /** A directory with owner and the names in it; of a large one outside our own directories at least one name. */
  readonly readDirectory: (
    path: string,
  ) => Promise<{ readonly entry: TarEntry; readonly entries: readonly string[] } | undefined>;
};

/** Our own directories are small and come whole by one GET. */
const ownDirectory = /^\/etc\/kubernetes\/[^/]+$/;
const maxTreeBytes = 32 * 1024 * 1024;

/** Enough for the header of a directory and of the first thing in it; a data directory would be streamed whole. */
const maxGlanceBytes = 64 * 1024;

type Tree = { readonly complete: boolean; readonly entries: ReadonlyMap<string, TarEntry> };

/** A session on the container `id`; what it has seen it does not ask for again. */
export function createArchiveSession(
  engine: Engine,
  id: string,
  options: { readonly deadlineMs: number },
): ArchiveSession {
  const archive: Archive = {
    head: async (path) => engine.statArchive(id, hostMount + path, options),
    get: async (path, maxBytes) =>
      treeIn(await engine.getArchive(id, hostMount + path, { ...options, maxBytes }), { path, maxBytes }),
  };
  const ownTree = createOwnTrees(archive);
  const seen = new Map<string, Promise<ArchiveLook>>();
  return {
    look: async (path) => {
      const tree = await ownTree(path);
      if (tree !== undefined) return lookOf(tree.entries.get(path));
      const look = seen.get(path) ?? lookByHead(archive, path);
      seen.set(path, look);
      return look;
    },
    readFile: async (path) => {
      const tree = (await ownTree(path)) ?? (await archive.get(path, 2 * maxFileBytes));
      const entry = tree.entries.get(path);
      return entry?.type === "file" ? entry : undefined;
    },
    readDirectory: async (path) => {
      const tree = (await ownTree(path)) ?? (await archive.get(path, maxGlanceBytes));
      const entry = tree.entries.get(path);
      if (entry?.type !== "directory") return undefined;
      const inside = [...tree.entries.keys()].filter((inner) => inner !== path && parentOf(inner) === path);
      return { entry, entries: inside.map(baseOf).toSorted().slice(0, maxEntries) };
    },
  };
}

type Archive = {
  readonly head: (path: string) => Promise<ArchiveStat | undefined>;
  readonly get: (path: string, maxBytes: number) => Promise<Tree>;
};

async function treeIn(
  bytes: Uint8Array,
  { path, maxBytes }: { readonly path: string; readonly maxBytes: number },
): Promise<Tree> {
  const entries = await readTar(bytes);
  const parent = parentOf(path);
  return {
    complete: bytes.byteLength < maxBytes,
    entries: new Map(entries.map((entry) => [below(parent, entry.name), entry])),
  };
}

/** The tree of our own directory that a path lies in; undefined outside of them, and for one that is too large. */
function createOwnTrees(archive: Archive): (path: string) => Promise<Tree | undefined> {
  const trees = new Map<string, Promise<Tree>>();
  const fetch = async (root: string): Promise<Tree> =>
    (await archive.head(root)) === undefined ? { complete: true, entries: new Map() } : archive.get(root, maxTreeBytes);
  return async (path) => {
    const root = path.split("/").slice(0, 4).join("/");
    if (!ownDirectory.test(root)) return undefined;
    const tree = trees.get(root) ?? fetch(root);
    trees.set(root, tree);
    return (await tree).complete ? tree : undefined;
  };
}

async function lookByHead(archive: Archive, path: string): Promise<ArchiveLook> {
  const stat = await archive.head(path);
  if (stat === undefined) return { type: "missing" };
  if (stat.type === "other") return { type: "other", what: "a device, pipe or socket", stat };
  if (stat.type !== "symlink") return { type: stat.type, stat };
  // HEAD gives a link's target resolved inside the container; only the archive has its own words
  return lookOf((await archive.get(path, maxGlanceBytes)).entries.get(path));
}

function lookOf(entry: TarEntry | undefined): ArchiveLook {
  if (entry === undefined) return { type: "missing" };
  if (entry.type === "symlink") return { type: "link", target: entry.target, uid: entry.uid, entry };
  if (entry.type === "other") return { type: "other", what: "a device, pipe or socket", entry };
  return { type: entry.type, entry };
}
