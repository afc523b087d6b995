// Looks at inodes and contents below a root without waiting for a file system that does not answer.
import { readFileSync, type BigIntStats } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { maxEntries } from "./host-tree.ts";
import { isGone, lookAtLink, lookedAfter, lookedOf, onDiskPath, unreadable } from "./look-at-link.ts";
import { parseMountTable, type MountTable } from "./mount-table.ts";
import type { Patience } from "./patience.ts";
import { readRegular } from "./read-regular.ts";
import type { Looked } from "./resolve-path.ts";

/** With the stats where something is there. */
export type LinkLook = Looked & { readonly stats?: BigIntStats };

/** Paths are the host's, without links on the way. All throw FILES_UNREADABLE. */
export type HostFiles = {
  readonly look: (path: string) => LinkLook | Promise<LinkLook>;
  /** Content of a regular file; undefined when there is none. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  /** Names in a directory, in order and at most `maxEntries`. */
  readonly list: (path: string) => Promise<readonly string[]>;
  /** What is mounted where for the agent itself. */
  readonly mounts: MountTable;
};

export type HostFilesOptions = {
  /** Where the host's `/` is mounted. */
  readonly root: string;
  readonly patience: Patience;
  /** Text of the process's own mountinfo. */
  readonly mountinfo?: (() => Buffer) | undefined;
};

/** File systems that are nothing but memory of the kernel. */
const inMemory = new Set(["tmpfs", "ramfs", "devtmpfs", "proc", "sysfs", "cgroup", "cgroup2", "securityfs", "debugfs"]);

/**
 * A view for one pass. A look at an inode of the root file system takes a few microseconds, ten times less than the way
 * to a thread and back, and without that file system nothing works. All others may be disks or servers that went away.
 */
export function createHostViews(options: HostFilesOptions): (signal?: AbortSignal) => HostFiles {
  const { root, patience, mountinfo = () => readFileSync("/proc/self/mountinfo") } = options;
  const table = createTable(mountinfo);
  return (signal) => {
    const mounts = table();
    const home = mounts.at(root)?.id;
    const placeOf = (onDisk: string): string | undefined => {
      const mount = mounts.at(onDisk);
      const isNear = mount === undefined || mount.id === home || inMemory.has(mount.type);
      return isNear ? undefined : `${mount.id} ${mount.point}`;
    };
    const patiently = async <Result>(path: string, operation: (onDisk: string) => Promise<Result>): Promise<Result> => {
      const onDisk = onDiskPath(root, path);
      const place = placeOf(onDisk);
      if (place === undefined) return operation(onDisk);
      return patience.run(place, async () => operation(onDisk), { path, signal });
    };
    return {
      mounts,
      look: (path) =>
        placeOf(onDiskPath(root, path)) === undefined
          ? lookAtLink(root, path)
          : patiently(path, async (onDisk) => lookLater(onDisk, path)),
      read: async (path) => patiently(path, async (onDisk) => readRegular(onDisk, path)),
      list: async (path) => patiently(path, async (onDisk) => namesIn(onDisk, path)),
    };
  };
}

/** Parsed again only when it says something else. */
function createTable(mountinfo: () => Buffer): () => MountTable {
  let last: { readonly text: Buffer; readonly table: MountTable } | undefined;
  return () => {
    const text = mountinfo();
    if (last?.text.equals(text) !== true) last = { text, table: parseMountTable(text.toString("utf8")) };
    return last.table;
  };
}

async function lookLater(onDisk: string, path: string): Promise<LinkLook> {
  try {
    const stats = await lstat(onDisk, { bigint: true });
    return lookedOf(stats, stats.isSymbolicLink() ? await readlink(onDisk) : "");
  } catch (error) {
    return lookedAfter(error, path);
  }
}

async function namesIn(onDisk: string, path: string): Promise<readonly string[]> {
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
