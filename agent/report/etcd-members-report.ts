// What a report says about changes of etcd's members.
import * as z from "zod";

export const EtcdMembersReport = z.object({
  /** Of the host config's wish. */
  generation: z.number(),
  wished: z.array(z.string()).readonly(),
  /** As etcd lists them; empty while nobody tells. */
  members: z
    .array(z.object({ name: z.string(), role: z.enum(["leader", "voter", "learner"]), isWell: z.boolean() }))
    .readonly(),
  /** What this host changed last. */
  done: z.string().optional(),
  /** Why the next change is not made yet, or whose it is. */
  waits: z.string().optional(),
  /** For how long it has waited for the same. */
  waitsMs: z.number().optional(),
  /** What a person has to do. */
  told: z.string().optional(),
  /** Why the last look failed. */
  problem: z.string().optional(),
});
export type EtcdMembersReport = Readonly<z.infer<typeof EtcdMembersReport>>;
