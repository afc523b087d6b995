// A member's data directory and a snapshot on real file systems, as a helper has them.
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fsyncSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "#agent/files/errno.ts";
import { inodeStamp } from "#agent/files/inode-stamp.ts";
import type { Owner } from "#shared/state/desired.ts";
import type { RestoreDisk } from "./restore-disk.ts";

const chunkBytes = 1024 * 1024;

export function directoryRestoreDisk(data: string, snapshot: string | undefined): RestoreDisk {
  const at = (path: string): string => join(data, path);
  return {
    exists: (path) => exists(at(path)),
    snapshotStamp: () => (snapshot === undefined ? "" : inodeStamp(lstatSync(snapshot, { bigint: true }))),
    snapshotDigest: () => (snapshot === undefined ? "" : digestOf(snapshot)),
    make: (path, owner) => {
      if (!exists(at(path))) mkdirSync(at(path), 0o700);
      lchownSync(at(path), owner.uid, owner.gid);
      sync(data);
    },
    mark: (path, owner) => {
      const fd = openSync(at(path), constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      lchownSync(at(path), owner.uid, owner.gid);
      sync(dirname(at(path)));
    },
    own: (path, owner) => ownTree(at(path), owner),
    rename: (from, to) => {
      renameSync(at(from), at(to));
      sync(dirname(at(from)));
      sync(dirname(at(to)));
    },
    remove: (path) => {
      rmSync(at(path), { recursive: true, force: true });
      sync(data);
    },
  };
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Made a moment ago by a process of root's, in a directory where nothing else is at work. */
function ownTree(path: string, owner: Owner): void {
  const stats = lstatSync(path);
  if (stats.isDirectory()) for (const name of readdirSync(path)) ownTree(join(path, name), owner);
  lchownSync(path, owner.uid, owner.gid);
  if (stats.isDirectory() || stats.isFile()) sync(path);
}

function sync(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function digestOf(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash("sha256");
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (let count = -1; count !== 0;) {
      count = readSync(fd, chunk, 0, chunkBytes, null);
      hash.update(chunk.subarray(0, count));
    }
    return hash.digest("hex");
  } finally {
    closeSync(fd);
  }
}
