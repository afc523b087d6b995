// Files and PKI in memory as one disk: a directory shows both, and what moves takes both along. For tests and for clusters whose keys lie
// in a state.
import type { FileIo } from "#planner/io/file-io.ts";
import type { MemoryFileIo } from "#planner/io/memory-file-io.ts";
import { moveAll, namesBelow } from "#planner/io/memory-file-io.ts";
import type { MemoryPkiIo } from "./memory-pki-io.ts";

export function oneDisk(fileIo: MemoryFileIo, { files: pki }: MemoryPkiIo): FileIo {
  return {
    ...fileIo,
    readFile: async (path) => pki.get(path) ?? fileIo.readFile(path),
    list: async (path) => [...new Set([...(await fileIo.list(path)), ...namesBelow(path, [...pki.keys()])])].toSorted(),
    accessOf: async (path) => {
      const mode = pki.get(path)?.mode;
      if (mode !== undefined) return { mode, uid: 1000, isDirectory: false };
      const isDirectory = namesBelow(path, [...pki.keys(), ...fileIo.files.keys()]).length > 0;
      return isDirectory ? { mode: 0o700, uid: 1000, isDirectory } : fileIo.accessOf(path);
    },
    makePrivate: async (path, { mode }) => {
      const file = pki.get(path);
      if (file !== undefined) pki.set(path, { ...file, mode });
      await fileIo.makePrivate(path, { mode, uid: 1000 });
    },
    move: async (from, to) => {
      await fileIo.move(from, to);
      moveAll(pki, from, to);
    },
  };
}
