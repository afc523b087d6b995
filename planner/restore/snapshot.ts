// A snapshot of etcd that somebody wants to restore, as it was read.
import { basename } from "node:path";
import type { BackupRecord } from "#shared/backup/backup-record.ts";
import type { SnapshotDigest } from "#shared/backup/snapshot-digest.ts";

export type Snapshot = SnapshotDigest & {
  /** As it was typed. */
  readonly file: string;
  /** Keys that values in it are, or were, encrypted with. */
  readonly encryptionKeys: readonly string[];
  /** The record beside it; undefined where there is none that can be read. */
  readonly record: BackupRecord | undefined;
};

export type SnapshotName = {
  /** Cluster and member, between which a dash stands as it may within both. */
  readonly owner: string;
  readonly revision: string;
};

/** What the name of a backup tells; undefined for any other name. */
export function snapshotName(file: string): SnapshotName | undefined {
  const [, owner, revision] = /^(.+)-[0-9a-f]{1,16}-([0-9]{1,16})-\d{8}T\d{6}Z\.db$/.exec(basename(file)) ?? [];
  return owner === undefined || revision === undefined ? undefined : { owner, revision };
}
