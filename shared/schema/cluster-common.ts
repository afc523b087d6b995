// Words that the sections of the cluster config share.
import * as z from "zod";
import { Name } from "./common.ts";

/** Hosts of a section: `all`, names of hosts and of host groups. */
export const HostSelection = z
  .union([z.string(), z.array(z.string())], { error: "the name of a host or host group, all, or a list of these" })
  .meta({ description: "Where it runs: `all`, names of hosts and of hostGroups, one or a list." });
export type HostSelection = z.infer<typeof HostSelection>;

/** Path of a file, relative to the cluster config's directory or absolute. */
export const InputPath = z.string().min(1).max(4096);

/** Fields that differ on a host: a layer by host name. */
export function overridesOf<Layer extends z.ZodType>(layer: Layer): z.ZodDefault<z.ZodRecord<typeof Name, Layer>> {
  return z
    .record(Name, layer)
    .default({})
    .meta({ description: "Fields that differ on a host, by host name. Maps merge, lists replace." });
}
