// The PKI's files in memory, for tests and previews; temporary files and kills behave as on a disk.
import { dirname } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { PkiIo } from "./types.ts";

export type MemoryFile = { readonly bytes: Uint8Array; readonly mode: number };

export type MemoryPkiIo = PkiIo & {
  readonly files: Map<string, MemoryFile>;
  readonly directories: Map<string, number>;
};

export type MemoryOperation = { readonly call: "read" | "temporary" | "rename" | "directory"; readonly path: string };

/** `before` sees each single effect before it happens; what it throws comes out, with the effect left undone. */
export function memoryPkiIo(before: (operation: MemoryOperation) => void = () => undefined): MemoryPkiIo {
  const files = new Map<string, MemoryFile>();
  const directories = new Map<string, number>();

  const move = async (from: string, to: string): Promise<void> => {
    await Promise.resolve();
    before({ call: "rename", path: to });
    const file = files.get(from);
    if (file === undefined) throw unwritable(to);
    files.set(to, file);
    files.delete(from);
  };

  return {
    files,
    directories,
    readFile: async (path) => {
      await Promise.resolve();
      before({ call: "read", path });
      return files.get(path)?.bytes;
    },
    writeFileAtomic: async (path, bytes, mode) => {
      await Promise.resolve();
      before({ call: "temporary", path: `${path}.tmp` });
      if (!directories.has(dirname(path))) throw unwritable(path);
      files.set(`${path}.tmp`, { bytes: bytes.slice(), mode });
      await move(`${path}.tmp`, path);
    },
    rename: move,
    makeDirectory: async (path, mode) => {
      await Promise.resolve();
      before({ call: "directory", path });
      if (!directories.has(path)) directories.set(path, mode);
    },
  };
}

function unwritable(file: string): FlexkubeError {
  return new FlexkubeError("PKI_UNWRITABLE", "a file of the PKI cannot be written", { file, reason: "ENOENT" });
}
