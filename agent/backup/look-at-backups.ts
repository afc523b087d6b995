// Reads the directory of backups through the mounted root of the host.
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Patience } from "#agent/files/patience.ts";
import { errnoOf } from "#agent/files/errno.ts";
import { unreadable } from "#agent/files/look-at-link.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
import { isHalfMade, parseBackupName, recordName, drillName } from "#shared/backup/backup-name.ts";
import type { BackupOwner } from "#shared/backup/backup-name.ts";
import { parseBackupRecord, parseDrillRecord } from "#shared/backup/backup-record.ts";
import type { BackupRecord } from "#shared/backup/backup-record.ts";
import type { SeenFile } from "#shared/backup/judge-backups.ts";
import type { BackupsSeen } from "./backup-host.ts";

const maxRecordBytes = 64 * 1024;

export type LookOptions = {
  /** On the host, for people. */
  readonly path: string;
  readonly owner: BackupOwner;
  readonly patience: Pick<Patience, "run">;
  readonly signal: AbortSignal;
};

/** `onDisk`: the directory as it is reached here. Undefined when it is not there. Throws FILES_UNREADABLE. */
export async function lookAtBackups(onDisk: string, options: LookOptions): Promise<BackupsSeen | undefined> {
  const { path, signal, patience } = options;
  return patience.run(path, async () => look(onDisk, options), { path, signal });
}

async function look(directory: string, { path, owner }: LookOptions): Promise<BackupsSeen | undefined> {
  try {
    const names = await readdir(directory);
    const own = names.filter((name) => name.startsWith(`${owner.cluster}-${owner.member}-`));
    const files = (await Promise.all(own.map(async (name) => sizeOf(join(directory, name), name)))).flat();
    const there = new Set(files.map(({ name }) => name));
    const records = files.map(async ({ name }): Promise<readonly (readonly [string, BackupRecord])[]> => {
      if (parseBackupName(name, owner) === undefined || !there.has(recordName(name))) return [];
      const record = parseBackupRecord(await textOf(join(directory, recordName(name))));
      return record === undefined ? [] : [[name, record]];
    });
    const drill = there.has(drillName(owner))
      ? parseDrillRecord(await textOf(join(directory, drillName(owner))))
      : undefined;
    const { bavail, bsize } = await statfs(directory);
    return {
      files,
      records: new Map((await Promise.all(records)).flat()),
      drill,
      isHalfMade: isHalfMade(names, owner),
      freeBytes: bavail * bsize,
    };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw unreadable(path, error);
  }
}

async function sizeOf(path: string, name: string): Promise<readonly SeenFile[]> {
  try {
    const found = await stat(path);
    return found.isFile() ? [{ name, bytes: found.size }] : [];
  } catch (error) {
    // it went away in between
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** What is no record says nothing; the backup beside it is then looked into again. */
async function textOf(path: string): Promise<string> {
  try {
    return (await readRegularFile(path, { limit: maxRecordBytes })).bytes.toString("utf8");
  } catch (error) {
    if (errnoOf(error) !== undefined && errnoOf(error) !== "ENOENT") throw error;
    return "";
  }
}
