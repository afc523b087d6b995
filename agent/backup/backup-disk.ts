// A directory of backups, as the keeping of them sees it. Each operation is one that a kill or a power cut may follow.
import type { SeenFile } from "#shared/backup/judge-backups.ts";
import type { SnapshotDigest } from "#shared/backup/snapshot-digest.ts";

/** Names have no slash. Throws what the system says. */
export type BackupDisk = {
  /** Regular files; what else is there is nobody's backup. */
  readonly list: () => readonly SeenFile[];
  /** A small file's text. */
  readonly read: (name: string) => string;
  /** Reads all of it. */
  readonly digest: (name: string) => SnapshotDigest;
  /** Content that lasts from then on; the name may go with a power cut. */
  readonly write: (name: string, text: string) => void;
  /** What was written by others lasts from then on. */
  readonly sync: (name: string) => void;
  /** Over whatever has the new name; lasts. */
  readonly rename: (from: string, to: string) => void;
  /** A file or a whole tree; nothing there is fine. Lasts. */
  readonly remove: (name: string) => void;
};
