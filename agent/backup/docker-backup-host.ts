// Backups as they are made on a real host: read through its mounted root, written by containers that live as long as one step.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { HostTree } from "#agent/files/host-tree.ts";
import { onDiskPath, unreadable } from "#agent/files/look-at-link.ts";
import type { Patience } from "#agent/files/patience.ts";
import { helperResources } from "#agent/engine/limits.ts";
import { temporaryNames } from "#shared/backup/backup-name.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import { askMember } from "./ask-member.ts";
import { directorySpec, keepSpec, snapshotFiles, snapshotSpec, drillSpec } from "./backup-containers.ts";
import type { BackupHost } from "./backup-host.ts";
import { flushedMeanwhile } from "./keep-flushed.ts";
import { lookAtBackups } from "./look-at-backups.ts";
import { clearOneShot, runOneShot } from "./one-shot.ts";
import type { OneShot, OneShotPorts } from "./one-shot.ts";

/** A database of 8 GiB, which is the most that etcd's authors advise, at 10 MB/s. */
const longDeadlineMs = 15 * 60_000;
const chunkBytes = 1024 * 1024;
/** The disk and the processor are etcd's first. */
const modest = { ...helperResources, cpuShares: 128 };

export type DockerBackupOptions = Omit<OneShotPorts, "cluster" | "host"> & {
  readonly tree: Pick<HostTree, "realPaths">;
  /** Where the host's `/` is mounted. */
  readonly hostRoot: string | undefined;
  readonly patience: Pick<Patience, "run">;
  readonly selfImage: () => Promise<string>;
};

export function dockerBackupHost(options: DockerBackupOptions, rule: EtcdBackupRule): BackupHost {
  const ports = { ...options, cluster: rule.cluster, host: rule.host };
  const run = async (shot: Omit<OneShot, "resources" | "deadlineMs">, signal: AbortSignal): Promise<void> =>
    runOneShot(ports, { ...shot, resources: modest, deadlineMs: longDeadlineMs }, signal);
  /** One that writes this file, whose path is as it is on the host. */
  const runFlushed = async (written: string, shot: Parameters<typeof run>[0], signal: AbortSignal): Promise<void> =>
    flushedMeanwhile({ ...options, path: reachedAt(options, written), signal }, async () => run(shot, signal));
  const { taking, drill } = temporaryNames(rule);
  const directoryOf = async (signal: AbortSignal): Promise<string> => guardedDirectory(options, rule, signal);
  return {
    look: async (signal) => {
      const path = await directoryOf(signal);
      return lookAtBackups(reachedAt(options, path), { path, owner: rule, patience: options.patience, signal });
    },
    read: async function* (backup, signal) {
      const path = await directoryOf(signal);
      yield* readBackup(join(reachedAt(options, path), backup), { path: `${path}/${backup}`, signal });
    },
    clear: async () => clearOneShot(ports),
    askMember: async (signal) => askMember(rule, signal),
    makeDirectory: async (signal) => {
      const spec = directorySpec(await options.selfImage(), await directoryOf(signal));
      await run({ step: "make the directory of backups", spec }, signal);
    },
    takeSnapshot: async (signal) => {
      const directory = await directoryOf(signal);
      const shot = { step: "etcdctl snapshot save", spec: snapshotSpec(rule, directory), files: snapshotFiles(rule) };
      await runFlushed(join(directory, `${taking}.part`), shot, signal);
    },
    keep: async (order, signal) => {
      const spec = keepSpec(await options.selfImage(), await directoryOf(signal), order);
      await run({ step: "keep backups", spec }, signal);
    },
    drillRestore: async (backup, signal) => {
      const directory = await directoryOf(signal);
      const shot = { step: "etcdutl snapshot restore", spec: drillSpec(rule, directory, backup) };
      await runFlushed(join(directory, drill, "member/snap/db"), shot, signal);
    },
  };
}

/** The path as it is seen here. Throws FILES_UNREADABLE. */
function reachedAt({ hostRoot }: Pick<DockerBackupOptions, "hostRoot">, path: string): string {
  if (hostRoot !== undefined) return onDiskPath(hostRoot, path);
  throw new FlexkubeError("FILES_UNREADABLE", "backups need the host's / mounted in the agent's container", {
    path,
    reason: "the host's / is not mounted (--host-root)",
  });
}

async function* readBackup(
  onDisk: string,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  try {
    const file = await open(onDisk, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    yield* file.createReadStream({ highWaterMark: chunkBytes, signal });
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Without links in it. Throws FILES_BLOCKED where somebody besides root could lead the path elsewhere. */
async function guardedDirectory(
  { tree }: Pick<DockerBackupOptions, "tree">,
  { directory }: EtcdBackupRule,
  signal: AbortSignal,
): Promise<string> {
  const real = (await tree.realPaths([directory], { signal })).get(directory);
  if (real?.isWayGuarded !== true || !real.isGuarded)
    throw new FlexkubeError("FILES_BLOCKED", "the directory of backups is not root's alone", {
      path: directory,
      found: "a directory, or one above it, that somebody besides root may change",
      wanted: "directories that are root's and writable by nobody else",
    });
  return real.path;
}
