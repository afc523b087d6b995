// A directory of backups on a real file system.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { snapshotDigester } from "#shared/backup/snapshot-digest.ts";
import type { SnapshotDigest } from "#shared/backup/snapshot-digest.ts";
import { errnoOf } from "#agent/files/errno.ts";
import type { BackupDisk } from "./backup-disk.ts";

const chunkBytes = 1024 * 1024;

/** In `directory`, which is root's; links in it are not followed. */
export function directoryDisk(directory: string): BackupDisk {
  const at = (name: string): string => join(directory, name);
  return {
    list: () => readdirSync(directory).flatMap((name) => seen(at(name), name)),
    read: (name) => withFile(at(name), (fd) => readFileSync(fd, "utf8")),
    digest: (name) => withFile(at(name), digestOf),
    write: (name, text) => {
      const fd = openSync(
        at(name),
        constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
        0o600,
      );
      try {
        writeFileSync(fd, text);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    },
    sync: (name) => withFile(at(name), fsyncSync),
    rename: (from, to) => {
      renameSync(at(from), at(to));
      syncDirectory(directory);
    },
    remove: (name) => {
      rmSync(at(name), { recursive: true, force: true });
      syncDirectory(directory);
    },
  };
}

function seen(path: string, name: string): readonly { readonly name: string; readonly bytes: number }[] {
  try {
    const stats = lstatSync(path);
    return stats.isFile() ? [{ name, bytes: stats.size }] : [];
  } catch (error) {
    // of somebody who shares the directory
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

function withFile<Result>(path: string, use: (fd: number) => Result): Result {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function digestOf(fd: number): SnapshotDigest {
  const digester = snapshotDigester(fstatSync(fd).size);
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (;;) {
    const count = readSync(fd, chunk, 0, chunkBytes, null);
    if (count === 0) return digester.digest();
    digester.take(chunk.subarray(0, count));
  }
}

function syncDirectory(directory: string): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
