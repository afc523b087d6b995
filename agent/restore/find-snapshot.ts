// Looks for the snapshot of a restore by its SHA-256. What a record beside a backup says only saves the reading of others; what is
// found was read to its end, by this agent and since it last changed.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, statfs } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, errnoText } from "#agent/files/errno.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import { createInodeCache } from "#agent/files/inode-cache.ts";
import type { InodeCache } from "#agent/files/inode-cache.ts";
import { inodeStamp } from "#agent/files/inode-stamp.ts";
import { onDiskPath } from "#agent/files/look-at-link.ts";
import type { Patience } from "#agent/files/patience.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
import type { Clock } from "#shared/clock.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { recordName } from "#shared/backup/backup-name.ts";
import { parseBackupRecord } from "#shared/backup/backup-record.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { EtcdStartRule } from "#shared/state/desired.ts";
import type { SnapshotSeen } from "#shared/state/observed.ts";

/** Rejects only with the signal's reason. */
export type FindSnapshot = (rule: EtcdStartRule, signal: AbortSignal) => Promise<SnapshotSeen>;

export type FindOptions = {
  readonly tree: Pick<HostTree, "realPaths">;
  /** Where the host's `/` is mounted. */
  readonly hostRoot: string | undefined;
  readonly patience: Pick<Patience, "run">;
  readonly clock: Pick<Clock, "now" | "wall">;
};

/** A database of 8 GiB, which is the most that etcd's authors advise, at 10 MB/s. */
const limitMs = 15 * 60_000;
const chunkBytes = 1024 * 1024;
const maxRecordBytes = 64 * 1024;
/** Of a directory: more are no backups of one cluster. */
const mostFiles = 1000;

type Found = { readonly path: string; readonly bytes: number; readonly stamp: string | undefined };
/** Digests of files that have not changed since. */
type Known = InodeCache<string>;

/** Remembers the digests of what it has read. */
export function createSnapshotFinder(options: FindOptions): FindSnapshot {
  const known: Known = createInodeCache(options.clock);
  return async (rule, signal) => {
    const { directories = [], sha256 = "" } = rule.restore ?? {};
    const notes: string[] = [];
    for (const directory of directories) {
      const seen = await lookOrTell(directory, { ...options, sha256, known, signal });
      if (typeof seen !== "string") return withRoom(seen, rule.dataDirectory, options);
      notes.push(`${directory}: ${seen}`);
    }
    return { missing: notes.join("; ") };
  };
}

type Looking = FindOptions & { readonly sha256: string; readonly known: Known; readonly signal: AbortSignal };

async function lookOrTell(directory: string, looking: Looking): Promise<Found | string> {
  const { hostRoot, tree, patience, signal } = looking;
  try {
    if (hostRoot === undefined) return "the host's / is not mounted in the agent's container (--host-root)";
    const real = (await tree.realPaths([directory], { signal })).get(directory);
    if (real?.isWayGuarded !== true || !real.isGuarded)
      return "it, or a directory above it, can be changed by somebody besides root";
    const onDisk = onDiskPath(hostRoot, real.path);
    return await patience.run(real.path, async () => lookIn({ onDisk, path: real.path }, looking), {
      path: directory,
      signal,
      limitMs,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (isFlexkubeError(error)) return reasonOf(error);
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === "ENOENT" ? "not there" : errnoText(errno);
  }
}

async function lookIn(
  { onDisk, path }: { readonly onDisk: string; readonly path: string },
  { sha256, known, signal }: Looking,
): Promise<Found | string> {
  const names = (await readdir(onDisk)).toSorted().slice(0, mostFiles);
  let count = 0;
  for (const name of names.filter((one) => !one.endsWith(".json") && !one.startsWith("."))) {
    const stats = await lstat(join(onDisk, name), { bigint: true });
    if (!stats.isFile()) continue;
    count += 1;
    const record = names.includes(recordName(name)) ? await recordAt(join(onDisk, recordName(name))) : undefined;
    if (record !== undefined && record.sha256 !== sha256) continue;
    const { digest, stamp } = await digestOf(join(onDisk, name), { known, signal });
    if (digest === sha256) return { path: `${path}/${name}`, bytes: Number(stats.size), stamp };
  }
  return `${count} file${count === 1 ? "" : "s"}, none with this digest`;
}

async function recordAt(path: string): Promise<ReturnType<typeof parseBackupRecord>> {
  const { bytes } = await readRegularFile(path, { limit: maxRecordBytes });
  return parseBackupRecord(bytes.toString("utf8"));
}

/** O_NONBLOCK: a pipe that took the file's place since we looked must not hold us up. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** With the stamp of a file that has not changed since a while before it was read. Throws what the system says. */
async function digestOf(
  path: string,
  { known, signal }: Pick<Looking, "known" | "signal">,
): Promise<{ readonly digest: string; readonly stamp: string | undefined }> {
  await using file = await open(path, readFlags);
  const stats = await file.stat({ bigint: true });
  const before = known.find(stats, undefined);
  const isSettled = known.isSettled(stats);
  if (before !== undefined) return { digest: before, stamp: inodeStamp(stats) };
  const digest = await readDigest(file, signal);
  const isSame = inodeStamp(await file.stat({ bigint: true })) === inodeStamp(stats);
  if (!isSettled || !isSame) return { digest, stamp: undefined };
  known.remember({ stats, hashKey: undefined, value: digest });
  return { digest, stamp: inodeStamp(stats) };
}

/** While one piece is digested, the next is being read: a stream takes half as long again (2026-11-30). */
async function readDigest(file: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const read = async (into: Buffer): Promise<Uint8Array> => {
    const { bytesRead } = await file.read(into, 0, chunkBytes, null);
    return into.subarray(0, bytesRead);
  };
  let [filled, free] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let piece = await read(filled);
  while (piece.length > 0) {
    signal.throwIfAborted();
    const next = read(free);
    hash.update(piece);
    [filled, free] = [free, filled];
    piece = await next;
  }
  return hash.digest("hex");
}

/** The data directory may have to be made yet: then its nearest parent's file system counts. */
async function withRoom(found: Found, directory: string, { hostRoot = "" }: FindOptions): Promise<SnapshotSeen> {
  for (let at = directory; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/"))))
    try {
      const { bavail, bsize } = await statfs(onDiskPath(hostRoot, at === "" ? "/" : at));
      return { ...found, freeBytes: bavail * bsize };
    } catch (error) {
      if (at === "" || errnoOf(error) !== "ENOENT") return { missing: `${directory}: ${String(errnoOf(error))}` };
    }
}
