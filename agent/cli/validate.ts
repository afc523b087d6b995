// `validate`: all that is wrong with a host config.
import { notForThisHost, notSealed, originWarning } from "#agent/tick/guard-config.ts";
import type { Known, Past } from "#agent/tick/guard-config.ts";
import { knownOf } from "#agent/tick/load-config.ts";
import { createOpener } from "#agent/sealed/opener.ts";
import type { Opened } from "#agent/sealed/opener.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { isSealed } from "#shared/sealed/envelope.ts";
import { refusalIn, refusalProblem } from "#shared/sealed/refusal.ts";
import { withPatience } from "#agent/tick/config-file.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import { exitCodes, FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { ValidateOutput } from "#shared/output/validate-output.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { decoded, readConfigFile } from "./config-source.ts";
import type { ReadConfig } from "#agent/tick/config-file.ts";
import { problemsOf } from "./delivered-config.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";

/** Exit code 0 for a usable config, 65 for any problem. Needs no engine, and what the host has kept for a sealed one alone. */
export async function validateCommand(options: Options, environment: Environment): Promise<number> {
  try {
    return await validate(options, environment);
  } catch (error) {
    // a program that reads JSON gets the problems there too
    if (options.json && (refusalIn(error) !== undefined || isFlexkubeError(error, "CONFIG_UNREADABLE")))
      environment.print(told([], problemsOf(error, options.config)));
    throw error;
  }
}

async function validate(options: Options, environment: Environment): Promise<number> {
  const { text: given, warnings: ofFile } = await read(options, environment);
  const { config: file, host } = options;
  const state = await openStateDirectory({ directory: options.state, ...environment });
  const { text, wasSealed } = await opened(given, options, state);
  const parsed = parseHostConfig(text, file);
  // its addresses only the host itself can tell, and this may be another machine
  const misplaced = parsed.ok ? notForThisHost(parsed.value, { name: file, host }) : undefined;
  const past = parsed.ok ? await pastOf(parsed.value, state) : undefined;
  const known = parsed.ok ? knownOf(text, parsed.value) : undefined;
  const { acceptUnsealed } = options;
  const unsealed = known && past && notSealed(known, past, { wasSealed, acceptUnsealed });
  const problems = [
    ...(parsed.ok ? [] : parsed.problems),
    ...(misplaced === undefined ? [] : [misplaced]),
    ...(unsealed === undefined ? [] : [refusalProblem(unsealed, file)]),
  ];
  const ofOrigin = known && past && originWarning(known.origin, past.record);
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
  const output: ValidateOutput = { version: outputVersion, ok: problems.length === 0, problems, warnings };
  return `${JSON.stringify(output)}\n`;
}

/** What this host had before, if it is a host and had any. */
async function pastOf({ cluster, host }: HostConfig, state: StateStore): Promise<Past> {
  const before = await state.readDelivery();
  const isSame = before?.cluster === cluster && before.host === host;
  const [kept] = isSame ? await keptIn(state) : [];
  return { kept, record: isSame ? before : undefined };
}

/** The configs that this host has, the one in force first. */
async function keptIn(state: StateStore): Promise<readonly Known[]> {
  const texts = [await state.readConfig("in-force"), await state.readConfig("last-good")];
  return texts.flatMap((text) => {
    const parsed = text === undefined ? undefined : parseHostConfig(text, "");
    return text === undefined || parsed?.ok !== true ? [] : [knownOf(text, parsed.value)];
  });
}

/** Throws SEALED_*. */
async function opened(text: string, options: Options, state: StateStore): Promise<Opened> {
  if (!isSealed(text)) return { text, wasSealed: false };
  const { config: file, host, signers } = options;
  // whether it is newer than what is in force is no question of whether it is right
  return createOpener()(text, { file, host, signers, allowOlder: true, kept: await keptIn(state), state });
}

async function read({ config: file }: Options, { readStandardInput, patience }: Environment): Promise<ReadConfig> {
  if (file === "-") return { text: decoded(await readStandardInput(), file), warnings: [] };
  const found = await withPatience(file, patience)(async () => readConfigFile(file));
  if (found !== undefined) return found;
  const reason = "there is no such file";
  throw new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", { file, reason });
}
