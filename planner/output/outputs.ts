// What each command of flexkube-planner prints with `-o json`, a schema each.
import type { OutputSchemas } from "#shared/output/output-schema.ts";
import { ValidateOutput } from "#shared/output/validate-output.ts";
import { VersionOutput } from "#shared/output/version-output.ts";
import { BootOutput } from "./boot-output.ts";
import { CertificatesOutput } from "./certificates-output.ts";
import { SimulateOutput } from "./simulate-output.ts";
import { SplitOutput } from "./split-output.ts";
import { StatusOutput } from "./status-output.ts";

export const plannerOutputs = {
  validate: ValidateOutput,
  split: SplitOutput,
  diff: SplitOutput,
  restore: SplitOutput,
  certificates: CertificatesOutput,
  simulate: SimulateOutput,
  boot: BootOutput,
  status: StatusOutput,
  version: VersionOutput,
} as const satisfies OutputSchemas;
