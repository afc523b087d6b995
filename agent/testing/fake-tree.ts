// The host's files as an agent with the read-only mount sees them, over the fake engine's host.
import type { FakeFiles } from "#agent/engine/fake/fake-files.ts";
import type { HostTree, RealPath } from "#agent/files/host-tree.ts";
import { parentOf } from "#agent/files/resolve-path.ts";
import { contentDigest } from "#shared/canonical.ts";
import type { ObservedPath } from "#shared/state/observed.ts";

/** Reads `files()` anew at each call. `sick`: paths that cannot be looked at, nor what is below them, and why. */
export function createFakeTree(files: () => FakeFiles, sick: ReadonlyMap<string, string> = new Map()): HostTree {
  const observeOne = (path: string, hashKey: string | undefined): ObservedPath => {
    const reason = [...sick].find(([place]) => path === place || path.startsWith(`${place}/`))?.[1];
    if (reason !== undefined) return { type: "unknown", reason };
    const host = files();
    if (!host.exists(path)) return { type: "missing" };
    const { type, mode, uid, gid, changedAt } = host.stat(path);
    if (type === "file")
      return { type, mode: mode & 0o7777, uid, gid, changedAt, digest: contentDigest(host.read(path), hashKey) };
    if (type === "directory") return { type, mode: mode & 0o7777, uid, gid, entries: host.list(path) };
    return { type: "other", what: type };
  };
  return {
    free: true,
    observe: async (paths, options) =>
      Promise.resolve(new Map(paths.map((path) => [path, observeOne(path, options?.hashKey)]))),
    readFile: async (path) => Promise.resolve(files().exists(path) ? files().read(path) : undefined),
    realPaths: async (paths) => Promise.resolve(new Map(paths.map((path) => [path, realPath(files(), path)]))),
  };
}

function realPath(host: FakeFiles, asked: string): RealPath {
  const { path } = host.resolve(asked, { follow: true, lenient: true });
  const isGuarded = (at: string): boolean => {
    if (!host.exists(at)) return true;
    const { uid, mode } = host.stat(at);
    return uid === 0 && (mode & 0o022) === 0;
  };
  const way: string[] = [];
  for (let at = path; at !== "/";) way.push((at = parentOf(at)));
  const isWayGuarded = way.every(isGuarded);
  return { path, isWayGuarded, isGuarded: isWayGuarded && isGuarded(path) };
}
