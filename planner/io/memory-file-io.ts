// The planner's files in memory, for tests; temporary files and kills behave as on a disk.
import { basename, dirname, join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { FileIo, FoundFile } from "./file-io.ts";
import { temporaryName } from "./file-io.ts";

export type MemoryFileIo = FileIo & {
  readonly files: Map<string, FoundFile>;
  readonly directories: Set<string>;
};

/** `before` sees each single effect before it happens; what it throws comes out, with the effect left undone. */
export function memoryFileIo(before: (call: string, path: string) => void = () => undefined): MemoryFileIo {
  const files = new Map<string, FoundFile>();
  const directories = new Set(["."]);
  return {
    files,
    directories,
    readFile: async (path) => {
      await Promise.resolve();
      before("read", path);
      return files.get(path);
    },
    list: async (path) => {
      await Promise.resolve();
      before("list", path);
      return [...files.keys()]
        .filter((each) => dirname(each) === path)
        .map((each) => basename(each))
        .toSorted();
    },
    writeFileAtomic: async (path, bytes, mode) => {
      await Promise.resolve();
      const temporary = join(dirname(path), temporaryName(basename(path)));
      before("temporary", temporary);
      if (!directories.has(dirname(path)))
        throw new FlexkubeError("FILES_UNWRITABLE", "a file cannot be written", { path, reason: "ENOENT" });
      files.set(temporary, { bytes: bytes.slice(), mode });
      before("rename", path);
      files.delete(temporary);
      files.set(path, { bytes: bytes.slice(), mode });
    },
    makeDirectory: async (path) => {
      await Promise.resolve();
      before("directory", path);
      for (let each = path; each !== dirname(each); each = dirname(each)) directories.add(each);
    },
    remove: async (path) => {
      await Promise.resolve();
      before("remove", path);
      files.delete(path);
    },
  };
}
