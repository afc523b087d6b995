// What `explain -o json` prints.
import * as z from "zod";
import { HostEvent } from "#agent/report/host-event.ts";
import { HeldBack, planFields, problems, Version } from "#shared/output/pieces.ts";

export const ExplainOutput = z.object({
  version: Version,
  component: z.string().describe("Component that it is about"),
  events: z.array(HostEvent).readonly().describe("What was done to it since its last start, oldest first"),
  steps: planFields.steps,
  plan: planFields.plan,
  blocked: z.array(HeldBack).readonly().describe("What holds it, and what would free it"),
  problems: problems("Why the given host config is not in force"),
});
export type ExplainOutput = z.infer<typeof ExplainOutput>;
