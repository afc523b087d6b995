// `validate`: all that is wrong with a host config.
import { notForThisHost, originOf, originWarning } from "#agent/tick/guard-config.ts";
import { withPatience } from "#agent/tick/config-file.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import { exitCodes, FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { decoded, readConfigFile } from "./config-source.ts";
import type { ReadConfig } from "#agent/tick/config-file.ts";
import { problemsOf } from "./delivered-config.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";

/** Exit code 0 for a usable config, 65 for any problem. Needs neither engine nor state. */
export async function validateCommand(options: Options, environment: Environment): Promise<number> {
  try {
    return await validate(options, environment);
  } catch (error) {
    // a program that reads JSON gets the problems there too
    if (options.json && isFlexkubeError(error, "CONFIG_UNREADABLE"))
      environment.print(told([], problemsOf(error, options.config)));
    throw error;
  }
}

async function validate(options: Options, environment: Environment): Promise<number> {
  const { text, warnings: ofFile } = await read(options, environment);
  const { config: file, host } = options;
  const parsed = parseHostConfig(text, file);
  // its addresses only the host itself can tell, and this may be another machine
  const misplaced = parsed.ok ? notForThisHost(parsed.value, { name: file, host }) : undefined;
  const problems = [...(parsed.ok ? [] : parsed.problems), ...(misplaced === undefined ? [] : [misplaced])];
  const ofOrigin = parsed.ok ? await warningOfOrigin(text, parsed.value, { options, environment }) : undefined;
  const further = [...ofFile, ...(ofOrigin === undefined ? [] : [`${file}: ${ofOrigin}`])];
  const warnings: readonly Problem[] = [
    ...further.map((problem) => ({ path: "", problem })),
    ...(parsed.ok ? parsed.warnings : []),
  ];
  const valid = problems.length === 0;
  if (options.json) environment.print(told(warnings, problems));
  else {
    environment.printError(printProblems([...problems, ...warnings]));
    if (parsed.ok && valid)
      environment.print(`valid host config of ${parsed.value.host} in cluster ${parsed.value.cluster}\n`);
  }
  return valid ? exitCodes.ok : exitCodes.config;
}

function told(warnings: readonly Problem[], problems: readonly Problem[]): string {
  return `${JSON.stringify({ valid: problems.length === 0, problems, warnings })}\n`;
}

/** What this host had before, if it is a host and had any. */
async function warningOfOrigin(
  text: string,
  { cluster, host }: HostConfig,
  { options, environment }: { readonly options: Options; readonly environment: Environment },
): Promise<string | undefined> {
  const state = await openStateDirectory({ directory: options.state, ...environment });
  const before = await state.readDelivery();
  const isSame = before?.cluster === cluster && before.host === host;
  return isSame ? originWarning(originOf(text), before) : undefined;
}

async function read({ config: file }: Options, { readStandardInput, patience }: Environment): Promise<ReadConfig> {
  if (file === "-") return { text: decoded(await readStandardInput(), file), warnings: [] };
  const found = await withPatience(file, patience)(async () => readConfigFile(file));
  if (found !== undefined) return found;
  const reason = "there is no such file";
  throw new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", { file, reason });
}
