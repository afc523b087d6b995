// What `simulate -o json` prints.
import * as z from "zod";
import { texts, time, Version } from "#shared/output/pieces.ts";

const name = z.string().describe("Name of the certificate, as in certificates");
const host = z.string().describe("Name of the host");

const Day = z.object({
  day: z.string().describe("Such as 2027-11-30, in UTC"),
  renewed: z
    .array(
      z.object({
        name,
        host: host.optional(),
        renewedBy: z.literal("split").describe("Who makes it anew"),
        cause: z.string().describe("Why"),
        ends: time("When the new one ends"),
      }),
    )
    .readonly()
    .describe("Certificates that are made anew and delivered"),
  ended: z
    .array(
      z.object({
        name,
        host: host.optional(),
        ends: time("When it ends"),
        usedBy: texts("Containers of the host that have it"),
      }),
    )
    .readonly()
    .describe("Certificates that end"),
  hosts: z
    .array(
      z.object({
        host,
        restarts: texts("Containers that stop and start again"),
        signals: texts("Containers that are told to read their files again"),
        plan: texts("What its agent does, in the words of diff"),
      }),
    )
    .readonly()
    .describe("What agents do with what is delivered"),
  refused: z.string().optional().describe("Why no split is possible from then on"),
});

export const SimulateOutput = z.object({
  version: Version,
  cluster: z.string().describe("Name of the cluster"),
  at: time("From when on"),
  until: time("Until when"),
  delivery: z.boolean().describe("Whether somebody splits and delivers when something is due"),
  days: z.array(Day).readonly().describe("Days on which something happens"),
  renewedByKubelets: texts("Hosts whose kubelets renew by themselves what the cluster issues them"),
});
export type SimulateOutput = z.infer<typeof SimulateOutput>;
