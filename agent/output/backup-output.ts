// What `backup take|list|check -o json` and `identity -o json` print.
import * as z from "zod";
import { BackupRecord } from "#shared/backup/backup-record.ts";
import { texts, Version } from "#shared/output/pieces.ts";

export const BackupOutput = z.object({
  version: Version,
  directory: z.string().describe("Where they are on the host"),
  backups: z
    .array(z.object({ name: z.string().describe("Name of its file"), ...BackupRecord.shape }))
    .readonly()
    .describe("Good ones with their records, the newest first; of take the one that was made"),
  damaged: texts("Names of files that are damaged"),
});
export type BackupOutput = z.infer<typeof BackupOutput>;

export const IdentityOutput = z.object({
  version: Version,
  recipient: z.string().describe("What host configs are sealed to; age1…"),
});
export type IdentityOutput = z.infer<typeof IdentityOutput>;
