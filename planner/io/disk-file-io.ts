// The planner's files on a real disk.
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { FileIo, FoundFile } from "./file-io.ts";
import { temporaryName } from "./file-io.ts";

/** Built in main.ts only. */
export function diskFileIo(): FileIo {
  return {
    readFile: (path) => orMissing(path, undefined, () => readOpened(path)),
    list: (path) => orMissing(path, [], async () => (await readdir(path)).toSorted()),
    writeFileAtomic: (path, bytes, mode) => writing(path, () => writeSynced(path, bytes, mode)),
    makeDirectory: (path, mode) =>
      writing(path, async () => {
        const first = await mkdir(path, { recursive: true, mode });
        if (first !== undefined) await syncDirectory(dirname(first));
      }),
    move: (from, to) =>
      writing(to, async () => {
        await rename(from, to);
        await syncDirectory(dirname(to));
        await syncDirectory(dirname(from));
      }),
    remove: (path) => writing(path, () => rm(path, { force: true })),
  };
}

async function readOpened(path: string): Promise<FoundFile> {
  const file = await open(path, "r");
  try {
    const { mode } = await file.stat();
    return { bytes: await file.readFile(), mode: mode & 0o7777 };
  } finally {
    await file.close();
  }
}

async function writeSynced(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  const file = await open(temporary, "w", mode);
  try {
    // before the content: a leftover may have another mode, and the umask may have taken bits away
    await file.chmod(mode);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function orMissing<T>(path: string, missing: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = codeOf(cause);
    if (reason === "ENOENT") return missing;
    throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", { path, reason }, { cause });
  }
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new FlexkubeError("FILES_UNWRITABLE", "a file cannot be written", { path, reason: codeOf(cause) }, { cause });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
