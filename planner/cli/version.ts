// flexkube-planner version.
import { exitCodes } from "#shared/errors.ts";
import { versionOutput } from "#shared/output/version-output.ts";
import { versionLine } from "#shared/version.ts";
import type { Effects } from "#planner/effects.ts";
import type { Options } from "./parse-options.ts";

export async function versionCommand({ json }: Options, { print }: Effects): Promise<number> {
  const output = versionOutput("flexkube-planner");
  print(json ? `${JSON.stringify(output, undefined, 2)}\n` : versionLine("flexkube-planner"));
  return Promise.resolve(exitCodes.ok);
}
