// flexkube-planner validate.
import { exitCodes } from "#shared/errors.ts";
import { formatProblem } from "#shared/document/format-problem.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { ValidateOutput } from "#shared/output/validate-output.ts";
import type { Effects } from "#planner/effects.ts";
import { checkCluster } from "#planner/split/run/check-cluster.ts";
import type { Options } from "./parse-options.ts";

/** Prints all problems and warnings. Resolves to 65 when there are problems, else to 0. */
export async function validateCommand(options: Options, effects: Effects): Promise<number> {
  const { hosts, problems, warnings } = await checkCluster(options.file, effects);
  const ok = problems.length === 0;
  const output: ValidateOutput = { version: outputVersion, ok, problems, warnings };
  if (options.json) effects.print(`${JSON.stringify(output, undefined, 2)}\n`);
  else {
    for (const problem of problems) effects.printError(`${formatProblem(problem)}\n`);
    for (const warning of warnings) effects.printError(`warning: ${formatProblem(warning)}\n`);
    if (ok) effects.print(`${options.file}: valid, ${hosts} hosts\n`);
  }
  return ok ? exitCodes.ok : exitCodes.config;
}
