// Writing a file so that a power cut leaves the old one or the new one, whole.
import { closeSync, fchmodSync, fsync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { checkReplaceable } from "#shared/disk/check-replaceable.ts";
import { codeOf } from "./reason-of.ts";
import { syncDirectory } from "./sync-directory.ts";

const synced = promisify(fsync);

export type NewFile = {
  readonly path: string;
  /** In the same directory; a leftover is replaced. */
  readonly temporary: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
};

/**
 * Temporary file, fsync, rename, fsync of the directory. Throws what the system says; then no temporary file is left, which may hold a
 * key and takes room on a disk that is full. Only what waits for the disk goes to another
 * thread: each trip there costs more processor time than the calls themselves, and a large cluster has ninety thousand files.
 */
export async function writeSynced({ path, temporary, bytes, mode }: NewFile): Promise<void> {
  checkReplaceable(path);
  const file = openNew(temporary, mode);
  try {
    try {
      // the umask may have taken bits away
      fchmodSync(file, mode);
      writeFileSync(file, bytes);
      await synced(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** The error that led here says more. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // replaced by the next try
  }
}

/** A leftover may be somebody else's, and a link there would lead a key to where he reads it. */
function openNew(path: string, mode: number): number {
  try {
    return openSync(path, "wx", mode);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    rmSync(path, { force: true });
    return openSync(path, "wx", mode);
  }
}
