// What was done to the own etcd member, as the host keeps it. No secrets.
import * as z from "zod";

export const KeptCare = z.object({
  version: z.literal(1),
  /** Of which cluster and member; for another one all of it is void. */
  cluster: z.string(),
  member: z.string(),
  /** Epoch milliseconds. */
  defragmentedAt: z.number().optional(),
  /** The oldest revision that etcd could tell then. */
  defragmentedFrom: z.number().optional(),
  disarm: z.object({ at: z.number(), done: z.boolean() }).optional(),
});
export type KeptCare = Readonly<z.infer<typeof KeptCare>>;
