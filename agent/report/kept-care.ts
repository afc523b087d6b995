// What was done to the own etcd member, as the host keeps it. No secrets.
import * as z from "zod";

/** Milliseconds that are a time: others have no text. */
const Epoch = z.number().min(-8.64e15).max(8.64e15);

export const KeptCare = z.object({
  version: z.literal(1),
  /** Of which cluster and member; for another one all of it is void. */
  cluster: z.string(),
  member: z.string(),
  defragmentedAt: Epoch.optional(),
  /** The oldest revision that etcd could tell then. */
  defragmentedFrom: z.number().optional(),
  disarm: z.object({ at: Epoch, done: z.boolean() }).optional(),
});
export type KeptCare = Readonly<z.infer<typeof KeptCare>>;
