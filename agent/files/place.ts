// Puts a directory or a file into an open directory in which somebody besides root may be at work: nothing that he puts
// in the way is followed or opened. `directory` is the path of an open directory (`withOpenDirectory`).
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { FlexkubeError } from "#shared/errors.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";
import { errnoOf } from "./errno.ts";
import { openDirectory } from "./open-directory.ts";

type Owned = { readonly mode: number; readonly uid: number; readonly gid: number };

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Writes `content` beside, synced, and renames it; a link or file at its place is replaced. What fails leaves nothing half written. */
export function placeFile(directory: string, name: string, file: Owned & { readonly content: Uint8Array }): void {
  const final = `${directory}/${name}`;
  const temporary = temporaryName(final);
  if (typeAt(final) === "directory") throw unwritable(name, "a directory is in its place");
  unlinkIfThere(temporary);
  const fd = openSync(temporary, newFile, 0o600);
  try {
    writeFileSync(fd, file.content);
    own(fd, file);
    fsyncSync(fd);
  } catch (error) {
    unlinkIfThere(temporary);
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, final);
}

/** Makes the directory, or sets right one that is root's or its owner's already; anybody else's stays as it is. */
export function makeDirectory(directory: string, name: string, owned: Owned): void {
  const path = `${directory}/${name}`;
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  const fd = openDirectory(path);
  try {
    const { uid } = fstatSync(fd);
    if (uid !== 0 && uid !== owned.uid) throw unwritable(name, `a directory of user ${uid} is in its place`);
    own(fd, owned);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The owner first: a change of owner takes set-user-id bits away. */
function own(fd: number, { mode, uid, gid }: Owned): void {
  fchownSync(fd, uid, gid);
  fchmodSync(fd, mode);
}

export function typeAt(path: string): "missing" | "directory" | "file" {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "missing" : stats.isDirectory() ? "directory" : "file";
}

export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** FILES_UNWRITABLE, with the name of what could not be put in place. */
export function unwritable(path: string, reason: string): FlexkubeError {
  return new FlexkubeError("FILES_UNWRITABLE", "a file cannot be put in place", { path, reason });
}
