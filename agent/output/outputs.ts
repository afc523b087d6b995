// What each command of flexkube-agent prints with `-o json`, a schema each; of events it is one line's.
import * as z from "zod";
import { HostEvent } from "#agent/report/host-event.ts";
import { Report } from "#agent/report/report.ts";
import { ValidateOutput } from "#shared/output/validate-output.ts";
import { VersionOutput } from "#shared/output/version-output.ts";
import { BackupOutput, IdentityOutput } from "./backup-output.ts";
import { ExplainOutput } from "./explain-output.ts";
import type { outputCommands } from "./output-commands.ts";
import { DifferencesOutput, PlanOutput, ResetOutput } from "./plan-output.ts";

export const agentOutputs = {
  apply: z.union([Report, DifferencesOutput]),
  plan: PlanOutput,
  // null: nothing of the agent's is on the host
  status: Report.nullable(),
  events: HostEvent,
  explain: ExplainOutput,
  validate: ValidateOutput,
  reset: ResetOutput,
  backup: BackupOutput,
  identity: IdentityOutput,
  version: VersionOutput,
} as const satisfies Readonly<Record<(typeof outputCommands)[number], z.ZodType>>;
