// Replaces a file as a whole: after a crash it has the old content or the new. Mode 0600 in a directory of mode 0700.
import { randomUUID } from "node:crypto";
import { chmod, link, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pid } from "node:process";
import { makeDirectories } from "#shared/disk/make-directories.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { errorCode, isMissingPath } from "#shared/error-code.ts";
import { stateFiles } from "./state-files.ts";

/** Suffix of the temporary name, such as `.<name>.<pid>.new`. */
export const temporarySuffix = ".new";

/** Makes its directory too. Throws FILES_UNWRITABLE; then no temporary file is left and the old content is whole. */
export async function replaceFile(path: string, content: string): Promise<void> {
  try {
    await makeDirectory(dirname(path));
  } catch (error) {
    throw unwritable(path, error);
  }
  await replaceFileIn(path, content);
}

/** The same in a directory that is there, and stays as it is: it may be anybody's. */
export async function replaceFileIn(path: string, content: string): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${pid}${temporarySuffix}`);
  try {
    await writeSynced(temporary, content);
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    // the first error says more; what stays goes at the next start
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
}

/** Makes it where there is none; what another process has put there meanwhile stays. Its directory is made too. Throws FILES_UNWRITABLE. */
export async function makeFile(path: string, content: string): Promise<void> {
  // processes of two containers have one number
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}${temporarySuffix}`);
  try {
    await makeDirectory(dirname(path));
    await writeSynced(temporary, content);
    await link(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw unwritable(path, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** More than any state of ours has. */
const mostBytes = 64 * 1024 * 1024;

/** Its text, or undefined when it is not there. Throws FILES_UNREADABLE. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readRegularFile(path, { limit: mostBytes })).bytes.toString("utf8");
  } catch (error) {
    if (isMissingPath(error)) return undefined;
    const details = { path, reason: messageOf(error) };
    throw new FlexkubeError("FILES_UNREADABLE", "state cannot be read", details, { cause: error });
  }
}

/** Removes it for good. Throws FILES_UNWRITABLE. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await syncDirectory(dirname(path));
  } catch (error) {
    if (!isMissingPath(error)) throw unwritable(path, error);
  }
}

/** Whether the agent has put it there. */
function isOurs(name: string): boolean {
  return stateFiles.some((known) => known === name) || (name.startsWith(".") && name.endsWith(temporarySuffix));
}

/**
 * Makes the directory; closes one that is there already to others, where all in it is ours: a path that was typed wrong, or a link
 * in its place, may name one that the whole host needs.
 */
export async function makeDirectory(directory: string): Promise<void> {
  await makeDirectories(directory, 0o700);
  const { mode } = await stat(directory);
  if ((mode & 0o777) === 0o700) return;
  if ((await readdir(directory)).every(isOurs)) await chmod(directory, 0o700);
}

/** Makes renames and removals in it last. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}

/** FILES_UNWRITABLE with the system's own words. */
export function unwritable(path: string, error: unknown): FlexkubeError {
  const details = { path, reason: messageOf(error) };
  return new FlexkubeError("FILES_UNWRITABLE", "state cannot be written", details, { cause: error });
}

async function writeSynced(path: string, content: string): Promise<void> {
  // whatever is there, such as a FIFO that nobody reads, is not written into
  await rm(path, { force: true });
  await using file = await open(path, "wx", 0o600);
  await file.chmod(0o600);
  await file.writeFile(content);
  await file.sync();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
