// What a report says about backups of etcd.
import * as z from "zod";

export const EtcdBackupReport = z.object({
  directory: z.string().describe("Where they are on the host"),
  everyMs: z.number().describe("How often one is made, milliseconds"),
  newest: z
    .object({
      name: z.string().describe("Name of its file"),
      takenAt: z.string().describe("When it was taken, RFC 3339"),
      revision: z.number().describe("Revision of etcd that it has"),
      bytes: z.number().describe("Its size"),
    })
    .optional()
    .describe("The newest good one"),
  kept: z.number().describe("How many are there and good"),
  damaged: z.array(z.string()).readonly().describe("Names of files that were found to be damaged"),
  failures: z.number().nonnegative().describe("Backups that failed since the agent's start"),
  restoredAt: z.string().optional().describe("When a backup was last restored in a drill, RFC 3339"),
  problem: z.string().optional().describe("Why the last one was not made, or not kept"),
});
export type EtcdBackupReport = Readonly<z.infer<typeof EtcdBackupReport>>;
