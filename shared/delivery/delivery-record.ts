// What the agent remembers of the host configs that were in force, besides their texts: so that no loss of a text makes it
// take an older one. No secrets.
import * as z from "zod";

/**
 * Whence host configs came to this host, in the order of trust: `planner` has a mark that proves it whole; `signed` names who signs those
 * that follow on it.
 */
export const origins = ["hand", "older-planner", "planner", "signed"] as const;
export type Origin = (typeof origins)[number];

export const DeliveryRecord = z.object({
  version: z.literal(1),
  cluster: z.string(),
  host: z.string(),
  /** The highest that was in force, or the one that a person took with --allow-older since. */
  generation: z.number().optional(),
  /** `contentKey` of the planner's config with that generation; unset when the last one with it was written by hand. */
  digest: z.string().optional(),
  /** The most trusted one that was ever in force. */
  origin: z.enum(origins),
});
export type DeliveryRecord = Readonly<z.infer<typeof DeliveryRecord>>;

/** What a container's label says of the config that was in force when it was made. */
export type Delivered = Pick<DeliveryRecord, "generation" | "digest" | "origin">;
