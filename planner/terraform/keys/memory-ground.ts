// A ground of its own in memory for the planner: keys and host configs come from a state and go back there. Files that the cluster
// config names are read from the disk, by absolute paths.
import { privateDirectory, privateFile } from "#planner/io/modes.ts";
import { isAbsolute } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { Access, FileIo } from "#planner/io/file-io.ts";
import { memoryFileIo } from "#planner/io/memory-file-io.ts";
import { memoryPkiIo } from "#planner/pki/memory-pki-io.ts";
import { oneDisk } from "#planner/pki/one-disk.ts";
import type { PkiIo } from "#planner/pki/types.ts";
import type { Tree } from "./tree.ts";

/** Relative, as no path of a cluster config is that is seen from a directory. */
export const memoryPki = "pki";
export const memoryHosts = "hosts";

export type MemoryGround = {
  readonly files: FileIo;
  readonly pki: PkiIo;
  /** What is there now. */
  readonly tree: () => Tree;
};

export function memoryGround(tree: Tree, disk: FileIo): MemoryGround {
  const memory = memoryFileIo();
  const pki = memoryPkiIo();
  for (const [name, text] of tree.pki) {
    const path = `${memoryPki}/${name}`;
    pki.files.set(path, { bytes: Buffer.from(text), mode: privateFile });
    for (const folder of foldersOf(path)) {
      pki.directories.set(folder, privateDirectory);
      memory.directories.add(folder);
    }
  }
  for (const [host, text] of tree.hosts)
    memory.files.set(`${memoryHosts}/${host}.yaml`, { bytes: Buffer.from(text), mode: privateFile });
  return {
    files: withDisk(oneDisk(memory, pki), disk),
    pki,
    tree: () => {
      const all = [...memory.files, ...pki.files].map(
        ([path, { bytes }]) => [path, Buffer.from(bytes).toString("utf8")] as const,
      );
      return {
        pki: below(all, `${memoryPki}/`),
        hosts: new Map(
          [...below(all, `${memoryHosts}/`)].map(([name, text]) => [name.slice(0, -".yaml".length), text]),
        ),
      };
    },
  };
}

function below(all: readonly (readonly [string, string])[], folder: string): ReadonlyMap<string, string> {
  const found = all
    .filter(([path]) => path.startsWith(folder))
    .map(([path, text]) => [path.slice(folder.length), text] as const);
  return new Map(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function foldersOf(path: string): readonly string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}

/** Nothing but what is in memory is written. */
function withDisk(memory: FileIo, disk: FileIo): FileIo {
  const isOurs = (path: string): boolean => !isAbsolute(path);
  const of = (path: string): FileIo => (isOurs(path) ? memory : disk);
  const writable = (path: string): FileIo => {
    if (isOurs(path)) return memory;
    throw new FlexkubeError("INTERNAL_BUG", "a file outside of the state would be written", { reason: path });
  };
  return {
    user: disk.user,
    readFile: (path) => of(path).readFile(path),
    readPieces: (path, take) => of(path).readPieces(path, take),
    list: (path) => of(path).list(path),
    accessOf: (path) => (isOurs(path) ? Promise.resolve(ownAccess(disk.user)) : disk.accessOf(path)),
    writeFileAtomic: (path, bytes, mode) => writable(path).writeFileAtomic(path, bytes, mode),
    makeDirectory: (path, mode) => writable(path).makeDirectory(path, mode),
    makePrivate: (path, access) => writable(path).makePrivate(path, access),
    move: (from, to) => writable(to).move(from, to),
    remove: (path) => writable(path).remove(path),
  };
}

/** Nobody else reads this memory. */
function ownAccess(uid: number): Access {
  return { mode: privateFile, uid, isDirectory: false };
}
