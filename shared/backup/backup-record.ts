// The records beside backups: what was known when one was made, and when one was last restored in a drill.
import * as z from "zod";

/** Digits of SHA-256. */
const Digest = z.string().regex(/^[0-9a-f]{64}$/);

const BackupRecord = z.object({
  version: z.literal(1),
  cluster: z.string(),
  member: z.string(),
  clusterId: z.string(),
  revision: z.int(),
  /** RFC 3339. */
  takenAt: z.string(),
  /** Of the whole file, as sha256sum prints it. */
  sha256: Digest,
  bytes: z.int(),
  etcdVersion: z.string(),
  /** Names of all members, and the token, by which a restored cluster is another one. */
  members: z.array(z.string()).readonly(),
  token: z.string(),
  /** Of the host config in force. */
  generation: z.int().optional(),
});
export type BackupRecord = Readonly<z.infer<typeof BackupRecord>>;

const DrillRecord = z.object({
  version: z.literal(1),
  /** RFC 3339. */
  at: z.string(),
  /** The backup that was restored. */
  backup: z.string(),
});
export type DrillRecord = Readonly<z.infer<typeof DrillRecord>>;

/** Undefined for what is no record: torn, of another version, or somebody else's. */
export function parseBackupRecord(text: string): BackupRecord | undefined {
  return BackupRecord.safeParse(jsonIn(text)).data;
}

export function parseDrillRecord(text: string): DrillRecord | undefined {
  return DrillRecord.safeParse(jsonIn(text)).data;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
