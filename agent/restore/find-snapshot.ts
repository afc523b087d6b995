// Looks for the snapshot of a restore by its SHA-256. What a record beside a backup says only saves the reading of others; what is
// found was read to its end, by this agent and since it last changed.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, errnoText } from "#agent/files/errno.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import { onDiskPath } from "#agent/files/look-at-link.ts";
import type { Patience } from "#agent/files/patience.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
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
};

/** A database of 8 GiB, which is the most that etcd's authors advise, at 10 MB/s. */
const limitMs = 15 * 60_000;
const chunkBytes = 1024 * 1024;
const maxRecordBytes = 64 * 1024;
/** Of a directory: more are no backups of one cluster. */
const mostFiles = 1000;

type Found = { readonly path: string; readonly bytes: number };
/** Digests of files that have not changed since. */
type Known = Map<string, { readonly stamp: string; readonly sha256: string }>;

/** Remembers the digests of what it has read. */
export function createSnapshotFinder(options: FindOptions): FindSnapshot {
  const known: Known = new Map();
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
    const stamp = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ");
    const digest = known.get(`${path}/${name}`);
    const found = digest?.stamp === stamp ? digest.sha256 : await digestOf(join(onDisk, name), signal);
    known.set(`${path}/${name}`, { stamp, sha256: found });
    if (found === sha256) return { path: `${path}/${name}`, bytes: Number(stats.size) };
  }
  return `${count} file${count === 1 ? "" : "s"}, none with this digest`;
}

async function recordAt(path: string): Promise<ReturnType<typeof parseBackupRecord>> {
  const { bytes } = await readRegularFile(path, { limit: maxRecordBytes });
  return parseBackupRecord(bytes.toString("utf8"));
}

async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const content: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: chunkBytes, signal });
  for await (const chunk of content) hash.update(chunk);
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
