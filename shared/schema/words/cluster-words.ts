// Words that the sections of the cluster config share.
import * as z from "zod";
import { Name } from "./words.ts";
import { domain, repeated } from "#shared/schema/types/domain.ts";
import type { Fault } from "#shared/schema/types/domain.ts";
import { notOneLine } from "#shared/schema/types/well-formed.ts";

/** The name of a host or of a host group, or `all`. */
export const HostWord = domain("host or host group", z.string(), notHostWord);
/** Several of them, each once. */
export const HostWords = domain("hosts", z.array(HostWord), repeated);

/** Hosts of a section: `all`, names of hosts and of host groups. */
export const HostSelection = z
  .union([HostWord, HostWords], { error: "the name of a host or host group, all, or a list of these" })
  .meta({ description: "Where it runs: `all`, names of hosts and of hostGroups, one or a list." });
export type HostSelection = z.infer<typeof HostSelection>;

/** Path of a file, relative to the cluster config's directory or absolute. */
export const InputPath = domain("input path", z.string().min(1).max(4096), notOneLine);

/** Fields that differ on a host: a layer by host name. */
export function overridesOf<Layer extends z.ZodType>(layer: Layer): z.ZodDefault<z.ZodRecord<typeof Name, Layer>> {
  return z
    .record(Name, layer)
    .default({})
    .meta({ description: "Fields that differ on a host, by host name. Maps merge, lists replace." });
}

function notHostWord(text: string): Fault | undefined {
  return Name.safeParse(text).success
    ? undefined
    : {
        problem: `${JSON.stringify(text)} is no name of a host or host group`,
        hint: "lower-case letters, digits and inner dashes, at most 63",
      };
}
