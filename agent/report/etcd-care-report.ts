// What a report says about the own etcd member's data.
import * as z from "zod";

export const EtcdCareReport = z.object({
  quotaBytes: z.number().describe("Largest size that its data may have"),
  sizeBytes: z.number().optional().describe("Size of its data as the member told it last; unset while it has not yet"),
  inUseBytes: z.number().optional().describe("How much of its size is in use"),
  alarms: z
    .array(
      z.object({ member: z.string().describe("Name of the member"), alarm: z.string().describe("NOSPACE or CORRUPT") }),
    )
    .readonly()
    .describe("Alarms of all members"),
  defragmentedAt: z.string().optional().describe("When it was last defragmented, RFC 3339"),
  disarmedAt: z.string().optional().describe("When an alarm was last disarmed, RFC 3339"),
  waits: z.string().optional().describe("Why what is due is not done yet"),
  told: z.string().optional().describe("What a person has to do"),
  problem: z.string().optional().describe("Why the last try failed"),
});
export type EtcdCareReport = Readonly<z.infer<typeof EtcdCareReport>>;
