// The records beside backups: what was known when one was made, and when one was last restored in a drill.
import * as z from "zod";

/** Digits of SHA-256. */
const Digest = z.string().regex(/^[0-9a-f]{64}$/);

export const BackupRecord = z.object({
  version: z.literal(1).describe("Version of the record"),
  cluster: z.string().describe("Name of the cluster"),
  member: z.string().describe("Member that it was taken from"),
  clusterId: z.string().describe("ID of the cluster of etcd"),
  revision: z.int().describe("Revision of etcd that it has"),
  takenAt: z.string().describe("When it was taken, RFC 3339"),
  sha256: Digest.describe("SHA-256 of the whole file, as sha256sum prints it"),
  bytes: z.int().describe("Its size"),
  etcdVersion: z.string().describe("Version of etcd"),
  members: z.array(z.string()).readonly().describe("Names of all members"),
  token: z.string().describe("Token of etcd's cluster, by which a restored one is another"),
  generation: z.int().optional().describe("Generation of the host config in force"),
});
export type BackupRecord = Readonly<z.infer<typeof BackupRecord>>;

const DrillRecord = z.object({
  version: z.literal(1),
  at: z.string().describe("When it was restored, RFC 3339"),
  backup: z.string().describe("The backup that was restored"),
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
