// All that is wrong with a cluster config, as validate tells it.
import { checkCluster } from "#planner/split/run/check-cluster.ts";
import { seenInputs } from "#planner/terraform/keys/seen-inputs.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import { diagnosticsOf, problemDiagnostics } from "#planner/terraform/wire/diagnostics.ts";
import { configPath } from "./open-ground.ts";
import type { ProviderEffects } from "./provider-effects.ts";

export async function checkConfig(
  text: string,
  directory: string,
  effects: ProviderEffects,
): Promise<readonly Diagnostic[]> {
  const file = configPath({ directory }, effects);
  const { files } = seenInputs(effects.files, { config: { path: file, text }, own: [] });
  try {
    const { problems, warnings } = await checkCluster(file, { files, clock: effects.clock, printError: effects.log });
    return [...problemDiagnostics(problems, { file }, "error"), ...problemDiagnostics(warnings, { file }, "warning")];
  } catch (error) {
    return diagnosticsOf(error, { file, keys: "config" });
  }
}
