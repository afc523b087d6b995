// `validate`: all that is wrong with a host config.
import { readFile } from "node:fs/promises";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import { parseHostConfig } from "#shared/schema/parse-host-config.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";

/** Exit code 0 for a usable config, 65 for any problem. Needs neither engine nor state. */
export async function validateCommand(options: Options, environment: Environment): Promise<number> {
  const text = options.config === "-" ? await environment.readStandardInput() : await read(options.config);
  const parsed = parseHostConfig(text, options.config);
  const problems = parsed.ok ? [] : parsed.problems;
  const warnings = parsed.ok ? parsed.warnings : [];
  if (options.json) environment.print(`${JSON.stringify({ valid: parsed.ok, problems, warnings })}\n`);
  else {
    environment.printError(printProblems([...problems, ...warnings]));
    if (parsed.ok) environment.print(`valid host config of ${parsed.value.host} in cluster ${parsed.value.cluster}\n`);
  }
  return parsed.ok ? exitCodes.ok : exitCodes.config;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new FlexkubeError(
      "CONFIG_UNREADABLE",
      "the host config cannot be read",
      { file, reason: String(error) },
      { cause: error },
    );
  }
}
