// A disk whose changes stay in memory: what is there is read, what was written is read back, and nothing is changed.
import { privateFile } from "#planner/io/modes.ts";
import { normalize } from "node:path";
import type { Effects } from "#planner/effects.ts";
import type { FoundFile } from "#planner/io/file-io.ts";
import { moveAll, namesBelow } from "#planner/io/memory-file-io.ts";

type Disk = Pick<Effects, "files" | "pki">;

/** Path → what it holds now; undefined where it was removed. */
type Changed = Map<string, FoundFile | undefined>;

/** Files and PKI above those that are given. */
export function overlayDisk(disk: Disk): Disk {
  const changed: Changed = new Map();
  return { files: filesAbove(disk, changed), pki: pkiAbove(disk, changed) };
}

function filesAbove({ files }: Disk, changed: Changed): Effects["files"] {
  const readFile: Effects["files"]["readFile"] = async (path) =>
    changed.has(normalize(path)) ? changed.get(normalize(path)) : files.readFile(path);
  return {
    user: files.user,
    readFile,
    readPieces: async (path, take) => {
      const file = changed.get(normalize(path));
      if (file === undefined) return changed.has(normalize(path)) ? false : files.readPieces(path, take);
      take(file.bytes, file.bytes.length);
      return true;
    },
    list: async (path) => {
      const there = [...changed].flatMap(([name, file]) => (file === undefined ? [] : [name]));
      const found = (await files.list(path)).filter((name) => !isRemoved(changed, normalize(`${path}/${name}`)));
      return [...new Set([...found, ...namesBelow(normalize(path), there)])].toSorted();
    },
    writeFileAtomic: async (path, bytes, mode) => put(changed, path, { bytes: bytes.slice(), mode }),
    makeDirectory: async () => Promise.resolve(),
    accessOf: async (path) => {
      const file = changed.get(normalize(path));
      if (file !== undefined) return { mode: file.mode, uid: files.user, isDirectory: false };
      return changed.has(normalize(path)) ? undefined : files.accessOf(path);
    },
    // who may read what is no part of what is to come
    makePrivate: async () => Promise.resolve(),
    move: async (from, to) => {
      const file = await readFile(from);
      if (file !== undefined) changed.set(normalize(from), file);
      moveAll(changed, normalize(from), normalize(to));
      changed.set(normalize(from), undefined);
    },
    remove: async (path) => put(changed, path, undefined),
  };
}

function pkiAbove({ pki }: Disk, changed: Changed): Effects["pki"] {
  const readFile: Effects["pki"]["readFile"] = async (path) =>
    changed.has(normalize(path)) ? changed.get(normalize(path))?.bytes : pki.readFile(path);
  return {
    readFile,
    writeFileAtomic: async (path, bytes, mode) => put(changed, path, { bytes: bytes.slice(), mode }),
    rename: async (from, to) => {
      const bytes = await readFile(from);
      const mode = changed.get(normalize(from))?.mode ?? privateFile;
      if (bytes !== undefined) await put(changed, to, { bytes, mode });
      await put(changed, from, undefined);
    },
    makeDirectory: async () => Promise.resolve(),
  };
}

async function put(changed: Changed, path: string, file: FoundFile | undefined): Promise<void> {
  changed.set(normalize(path), file);
  return Promise.resolve();
}

function isRemoved(changed: Changed, path: string): boolean {
  return changed.has(path) && changed.get(path) === undefined;
}
