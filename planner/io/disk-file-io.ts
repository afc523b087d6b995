// The planner's files on a real disk.
import { constants, lstatSync, statSync } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { geteuid } from "node:process";
import { FlexkubeError } from "#shared/errors.ts";
import type { Access, FileIo, FoundFile } from "./file-io.ts";
import { temporaryName } from "./file-io.ts";
import { makeDirectories } from "#shared/disk/make-directories.ts";
import { readInPieces, readRegularFile } from "./read-regular-file.ts";
import { codeOf } from "./reason-of.ts";
import { syncDirectory } from "./sync-directory.ts";
import { writeSynced } from "./write-synced.ts";

/** Built in main.ts only. */
export function diskFileIo(): FileIo {
  return {
    readFile: (path) => orMissing(path, undefined, () => readFound(path)),
    readPieces: (path, take) => orMissing(path, false, () => readInPieces(path, take)),
    list: (path) => orMissing(path, [], async () => (await readdir(path)).toSorted()),
    writeFileAtomic: (path, bytes, mode) =>
      writing(path, () =>
        writeSynced({ path, temporary: join(dirname(path), temporaryName(basename(path))), bytes, mode }),
      ),
    makeDirectory: (path, mode) =>
      writing(path, async () => {
        const first = await makeDirectories(path, mode);
        if (first !== undefined) await syncDirectory(dirname(first));
      }),
    user: geteuid?.() ?? 0,
    accessOf: (path) => orMissing(path, undefined, () => lookAt(path)),
    makePrivate: (path, access) => writing(path, () => takeOver(path, access)),
    move: (from, to) =>
      writing(to, async () => {
        await rename(from, to);
        await syncDirectory(dirname(to));
        await syncDirectory(dirname(from));
      }),
    remove: (path) => writing(path, () => rm(path, { force: true })),
  };
}

function readFound(path: string): FoundFile {
  const { bytes, stats } = readRegularFile(path);
  return { bytes, mode: stats.mode & 0o7777 };
}

function lookAt(path: string): Access {
  const own = lstatSync(path);
  const isLink = own.isSymbolicLink();
  const found = isLink ? statSync(path) : own;
  const access = { mode: found.mode & 0o7777, uid: found.uid, isDirectory: found.isDirectory() };
  return isLink ? { ...access, isLink } : access;
}

async function takeOver(path: string, { mode, uid }: Pick<Access, "mode" | "uid">): Promise<void> {
  // never through a link: it may lead to what is somebody else's
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (geteuid?.() === 0) await file.chown(uid, (await file.stat()).gid);
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}

async function orMissing<T>(path: string, missing: T, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return missing;
    const reason = codeOf(cause);
    throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", { path, reason }, { cause });
  }
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const reason = codeOf(cause);
    throw new FlexkubeError("FILES_UNWRITABLE", "a file cannot be written", { path, reason }, { cause });
  }
}
