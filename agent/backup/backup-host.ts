// What a backup is made with: each is one call, done once or as often as one likes with the same result.
import type { BackupRecord, DrillRecord } from "#shared/backup/backup-record.ts";
import type { SeenFile } from "#shared/backup/judge-backups.ts";
import type { KeepOrder } from "./keep-order.ts";

/** What is in the directory of backups. */
export type BackupsSeen = {
  readonly files: readonly SeenFile[];
  /** By the backup's name. */
  readonly records: ReadonlyMap<string, BackupRecord>;
  readonly drill: DrillRecord | undefined;
  /** Something of a run that is under way, or was killed. */
  readonly isHalfMade: boolean;
  /** What the file system still takes. */
  readonly freeBytes: number;
};

/** What the member says of itself. */
export type MemberState = {
  /** Hexadecimal. */
  readonly clusterId: string;
  readonly revision: number;
  readonly dbBytes: number;
  readonly version: string;
  readonly isLearner: boolean;
  /** etcd's own words, such as `memberID:1 alarm:CORRUPT`. */
  readonly errors: readonly string[];
};

export type BackupHost = {
  /** Undefined while the directory is not there. Throws FILES_*. */
  readonly look: (signal: AbortSignal) => Promise<BackupsSeen | undefined>;
  /** Its content, from the disk. Throws FILES_*. */
  readonly read: (backup: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Removes what an agent that was killed has left of its containers. Throws ENGINE_*. */
  readonly clear: () => Promise<void>;
  /** Throws ETCD_*. */
  readonly askMember: (signal: AbortSignal) => Promise<MemberState>;
  /** The directory, root's alone. Throws ENGINE_*, STEP_*. */
  readonly makeDirectory: (signal: AbortSignal) => Promise<void>;
  /** etcdctl writes a snapshot beside the backups. Throws ENGINE_*, STEP_* with its last words. */
  readonly takeSnapshot: (signal: AbortSignal) => Promise<void>;
  /** Throws ENGINE_*, STEP_* with what is wrong. */
  readonly keep: (order: KeepOrder, signal: AbortSignal) => Promise<void>;
  /** etcdutl restores this backup into a temporary directory. Throws ENGINE_*, STEP_* with its last words. */
  readonly drillRestore: (backup: string, signal: AbortSignal) => Promise<void>;
};
