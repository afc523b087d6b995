// Reads a snapshot of etcd to its end, and the record beside it.
import { FlexkubeError } from "#shared/errors.ts";
import { encryptionKeyFinder } from "#shared/backup/encryption-key-names.ts";
import { recordName } from "#shared/backup/backup-name.ts";
import type { BackupRecord } from "#shared/backup/backup-record.ts";
import { parseBackupRecord } from "#shared/backup/backup-record.ts";
import { snapshotDigester } from "#shared/backup/snapshot-digest.ts";
import type { Snapshot } from "#planner/restore/snapshot.ts";
import type { Effects } from "#planner/effects.ts";

/** Bytes so far, and of all. */
export type OnBytes = (done: number, total: number) => void;

/** Of any size, with little memory. Throws FILES_UNREADABLE. */
export async function readSnapshot(
  file: string,
  { files }: Pick<Effects, "files">,
  onBytes: OnBytes,
): Promise<Snapshot> {
  const keys = encryptionKeyFinder();
  let digester: ReturnType<typeof snapshotDigester> | undefined;
  let done = 0;
  const isThere = await files.readPieces(file, (piece, size) => {
    digester ??= snapshotDigester(size);
    digester.take(piece);
    keys.take(piece);
    done += piece.length;
    onBytes(done, size);
  });
  if (!isThere) throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", { path: file, reason: "ENOENT" });
  const digest = (digester ?? snapshotDigester(0)).digest();
  return { ...digest, file, encryptionKeys: keys.names(), record: await recordOf(file, files) };
}

async function recordOf(file: string, files: Effects["files"]): Promise<BackupRecord | undefined> {
  const found = await files.readFile(recordName(file));
  return found === undefined ? undefined : parseBackupRecord(Buffer.from(found.bytes).toString("utf8"));
}
