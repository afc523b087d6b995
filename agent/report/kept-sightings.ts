// Since when an `apply` has seen Leases of other hosts without a renewal, for the next one of the same boot. No secrets.
import * as z from "zod";

export const KeptSightings = z.object({
  version: z.literal(1),
  /** Of which boot of the host; in another one all of it is void. */
  boot: z.string(),
  /** By Lease: its version, and when that was first seen, in milliseconds since the boot. */
  leases: z.record(z.string(), z.object({ version: z.string(), atMs: z.number() })),
});
export type KeptSightings = Readonly<z.infer<typeof KeptSightings>>;
