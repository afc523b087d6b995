// What a report says about backups of etcd.
import * as z from "zod";

export const EtcdBackupReport = z.object({
  directory: z.string(),
  everyMs: z.number(),
  newest: z
    .object({
      name: z.string(),
      /** RFC 3339. */
      takenAt: z.string(),
      revision: z.number(),
      bytes: z.number(),
    })
    .optional(),
  /** How many are there and good. */
  kept: z.number(),
  /** Names of files that were found to be damaged. */
  damaged: z.array(z.string()).readonly(),
  /** Backups that failed since the agent's start. */
  failures: z.number(),
  /** When a backup was last restored in a drill, RFC 3339. */
  restoredAt: z.string().optional(),
  /** Why the last one was not made, or not kept. */
  problem: z.string().optional(),
});
export type EtcdBackupReport = Readonly<z.infer<typeof EtcdBackupReport>>;
