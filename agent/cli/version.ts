// `version`.
import { exitCodes } from "#shared/errors.ts";
import { versionOutput } from "#shared/output/version-output.ts";
import { versionLine } from "#shared/version.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

export async function versionCommand({ json }: Options, { print }: Environment): Promise<number> {
  print(json ? `${JSON.stringify(versionOutput("flexkube-agent"))}\n` : versionLine("flexkube-agent"));
  return Promise.resolve(exitCodes.ok);
}
