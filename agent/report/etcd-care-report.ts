// What a report says about the own etcd member's data.
import * as z from "zod";

export const EtcdCareReport = z.object({
  quotaBytes: z.number(),
  /** As the member told them last; unset while it has not yet. */
  sizeBytes: z.number().optional(),
  inUseBytes: z.number().optional(),
  /** Of all members. */
  alarms: z.array(z.object({ member: z.string(), alarm: z.string() })).readonly(),
  /** RFC 3339. */
  defragmentedAt: z.string().optional(),
  disarmedAt: z.string().optional(),
  /** Why what is due is not done yet. */
  waits: z.string().optional(),
  /** What a person has to do. */
  told: z.string().optional(),
  /** Why the last try failed. */
  problem: z.string().optional(),
});
export type EtcdCareReport = Readonly<z.infer<typeof EtcdCareReport>>;
