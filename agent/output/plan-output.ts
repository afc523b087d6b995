// What `plan -o json` and `reset -o json` print, and what `apply --plan` does of a plan that is not that of this moment.
import * as z from "zod";
import { tickResults } from "#agent/report/report.ts";
import { planFields, problems, texts, Version } from "#shared/output/pieces.ts";

export const PlanOutput = z.object({
  version: Version,
  ...planFields,
  problems: problems("Why the given host config is not in force; the plan is for the one that is"),
});
export type PlanOutput = z.infer<typeof PlanOutput>;

const Leaves = z.object({
  data: texts("Data directories"),
  backups: texts("Directories of backups of etcd"),
  images: texts("Images that are on the host"),
  files: texts("Files and directories of the agent"),
});

export const ResetOutput = z.object({
  version: Version,
  result: z.enum(tickResults).optional().describe("How it ended; of one that was done"),
  ...planFields,
  data: texts("Data directories that are removed"),
  leaves: Leaves.describe("What stays on the host"),
});
export type ResetOutput = z.infer<typeof ResetOutput>;

export const DifferencesOutput = z.object({
  version: Version,
  differences: z
    .array(
      z.object({
        component: z.string().describe("Component that it is about; empty for all"),
        what: z.string().describe("What differs"),
        was: z.string().describe("As it was when the plan was saved"),
        is: z.string().describe("As it is now"),
      }),
    )
    .readonly()
    .describe("Why nothing was done"),
});
export type DifferencesOutput = z.infer<typeof DifferencesOutput>;
