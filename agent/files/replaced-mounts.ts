// Which mounted directories of running containers are no longer the ones at their paths: replaced, moved or removed. A
// container goes on with what it was started with, so files that are put at the path never reach it.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { ObservedContainer, ObservedPath } from "#shared/state/observed.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { HostFiles } from "./host-files.ts";
import { onDiskPath } from "./look-at-link.ts";
import { parseMountTable, type Mount, type MountTable } from "./mount-table.ts";
import { identityOf } from "./mounted-tree.ts";
import { resolvePath } from "./resolve-path.ts";

/** A running container, what it was made from, and what is at the paths that were looked at. */
export type Mounted = { readonly container: ObservedContainer; readonly desired: DesiredContainer };
export type LookAtMounts = (
  mounted: readonly Mounted[],
  about: { readonly paths: ReadonlyMap<string, ObservedPath>; readonly signal: AbortSignal },
) => Promise<ReadonlyMap<string, readonly string[]>>;

export type ReplacedMountsOptions = {
  /** Where the host's `/` is mounted. */
  readonly root: string;
  readonly view: (signal?: AbortSignal) => HostFiles;
};

/**
 * The kernel tells which directory a container has: by its name in the file system, which follows moves and says when it
 * was removed. That is read only when the directory at the path is another than the last time.
 */
export function createLookAtMounts({ root, view }: ReplacedMountsOptions): LookAtMounts {
  /** Container and source → what was last at the path, since when the container runs, and whether it was told. */
  const known = new Map<string, { readonly identity: string; readonly startedAt: number; readonly told: boolean }>();
  const isReplaced = async (mount: WatchedMount, about: Pass): Promise<boolean> => {
    const { key, source, target, startedAt, pid, own } = mount;
    const before = known.get(key);
    const observed = about.paths.get(source);
    if (before?.told === false && observed?.type === "directory" && observed.identity === before.identity) return false;
    const there = await directoryAt(source, about);
    if (there === undefined || (there.identity === "" && !own)) return false;
    if (before?.identity === there.identity && (!before.told || before.startedAt !== startedAt)) {
      // also where a restart has not helped: what is seen here is then not what the engine mounts
      known.set(key, { identity: there.identity, startedAt, told: false });
      return false;
    }
    const has = (await mountsOf(pid, about.files))?.point(target);
    const told = has !== undefined && isAnother(has, there.path, { root, mounts: about.files.mounts });
    known.set(key, { identity: there.identity, startedAt, told });
    return told;
  };
  return async (mounted, { paths, signal }) => {
    const about = { files: view(signal), paths };
    const replaced = new Map<string, readonly string[]>();
    const watched = mounted.flatMap(watchedMounts);
    for (const mount of watched) {
      if (!(await isReplaced(mount, about))) continue;
      replaced.set(mount.id, [...(replaced.get(mount.id) ?? []), mount.source]);
    }
    const keys = new Set(watched.map(({ key }) => key));
    for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
    return replaced;
  };
}

type Pass = { readonly files: HostFiles; readonly paths: ReadonlyMap<string, ObservedPath> };

type WatchedMount = {
  readonly id: string;
  readonly key: string;
  readonly source: string;
  readonly target: string;
  readonly pid: number;
  readonly startedAt: number;
  /** Ours are made again before a start; somebody else's must be there for one. */
  readonly own: boolean;
};

/** Not those that the container fills itself: it works on with what it has. Nor what the kernel and the system make. */
function watchedMounts({ container, desired }: Mounted): readonly WatchedMount[] {
  const { id, pid, startedAt } = container;
  const { spec, dataDirectories, sealed, liveDirectory } = desired;
  if (pid === undefined || startedAt === undefined) return [];
  return spec.mounts
    .filter(({ source }) => !dataDirectories.some(({ path }) => path === source) && !ofSystem.test(source))
    .map(({ source, target }) => {
      const own = source === sealed?.path || source === liveDirectory?.path;
      return { id, key: `${id} ${source}`, source, target, pid, startedAt, own };
    });
}

const ofSystem = /^\/((proc|sys|dev|run|var\/run)(\/|$)|$)/;

type There = { readonly path: string; readonly identity: string };

/** Undefined for what is no directory or cannot be looked at; identity "" for what is missing. */
async function directoryAt(source: string, { files, paths }: Pass): Promise<There | undefined> {
  const observed = paths.get(source);
  if (observed?.type === "unknown" || observed?.type === "file" || observed?.type === "other") return undefined;
  return knownOr(async () => {
    const resolved = await resolvePath(source, files.look);
    if (resolved.type === "blocked") return undefined;
    if (resolved.type === "missing") return { path: resolved.path, identity: "" };
    const { type, stats } = await files.look(resolved.path);
    return type === "directory" && stats !== undefined
      ? { path: resolved.path, identity: identityOf(stats) }
      : undefined;
  });
}

async function mountsOf(pid: number, files: HostFiles): Promise<MountTable | undefined> {
  return knownOr(async () => {
    const text = await files.read(`/proc/${pid}/mountinfo`);
    return text === undefined ? undefined : parseMountTable(Buffer.from(text).toString("utf8"));
  });
}

/** What cannot be looked at is no reason for a restart. */
async function knownOr<Found>(look: () => Promise<Found | undefined>): Promise<Found | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isFlexkubeError(error, "FILES_UNREADABLE")) return undefined;
    throw error;
  }
}

/** Of another file system it cannot be told: the host may have mounts that do not reach the agent. */
function isAnother(
  has: Mount,
  path: string,
  { root, mounts }: { readonly root: string; readonly mounts: MountTable },
): boolean {
  if (has.root.endsWith("//deleted")) return true;
  const onDisk = onDiskPath(root, path);
  const mount = mounts.at(onDisk);
  if (mount?.device !== has.device) return false;
  const inside = onDisk.slice(mount.point === "/" ? 0 : mount.point.length);
  return has.root !== (mount.root === "/" ? inside || "/" : mount.root + inside);
}
