// The planner's files in memory, for tests; temporary files and kills behave as on a disk.
import { basename, dirname, join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { FileIo, FoundFile } from "./file-io.ts";
import { temporaryName } from "./file-io.ts";

export type MemoryFileIo = FileIo & {
  readonly files: Map<string, FoundFile>;
  readonly directories: Set<string>;
};

/** Odd and small, so that what is found in pieces is found across their ends. */
const pieceBytes = 333;

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
    readPieces: async (path, take) => {
      await Promise.resolve();
      before("read", path);
      return inPieces(files.get(path), take);
    },
    list: async (path) => {
      await Promise.resolve();
      before("list", path);
      return namesBelow(path, [...files.keys()]);
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
    ...accessTo(files, before),
    move: async (from, to) => {
      await Promise.resolve();
      before("rename", to);
      moveAll(files, from, to);
    },
    remove: async (path) => {
      await Promise.resolve();
      before("remove", path);
      files.delete(path);
    },
  };
}

function inPieces(file: FoundFile | undefined, take: (piece: Uint8Array, size: number) => void): boolean {
  if (file === undefined) return false;
  const { bytes } = file;
  for (let at = 0; at < bytes.length; at += pieceBytes) take(bytes.slice(at, at + pieceBytes), bytes.length);
  return true;
}

/** Names of files and directories in a directory. */
export function namesBelow(path: string, files: readonly string[]): readonly string[] {
  const below = files.filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1));
  return [...new Set(below.map((each) => each.split("/")[0] ?? ""))].toSorted();
}

/** Moves a file, or all that lies below a directory. */
export function moveAll<File>(files: Map<string, File>, from: string, to: string): void {
  for (const [path, file] of Array.from(files))
    if (path === from || path.startsWith(`${from}/`)) {
      files.delete(path);
      files.set(`${to}${path.slice(from.length)}`, file);
    }
}

/** Modes as they are kept; everything belongs to one user. */
function accessTo(
  files: Map<string, FoundFile>,
  before: (call: string, path: string) => void,
): Pick<FileIo, "user" | "accessOf" | "makePrivate"> {
  return {
    user: 1000,
    accessOf: async (path) => {
      await Promise.resolve();
      before("read", path);
      const mode = files.get(path)?.mode;
      return mode === undefined ? undefined : { mode, uid: 1000, isDirectory: false };
    },
    makePrivate: async (path, { mode }) => {
      await Promise.resolve();
      before("mode", path);
      const file = files.get(path);
      if (file !== undefined) files.set(path, { ...file, mode });
    },
  };
}
