// The command line of flexkube-agent: understands arguments, runs the command, turns errors into text and exit codes.
import { below, rowsText } from "#shared/printable.ts";
import { exitCodeOf, isFlexkubeError } from "#shared/errors.ts";
import { version } from "#shared/version.ts";
import type { Environment } from "./environment.ts";
import { helpText } from "./help.ts";
import { parseOptions } from "./options.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";

/** Runs one command and resolves to the exit code. Errors of ours are printed; anything else is a bug and rejects. */
export async function runAgent(args: readonly string[], environment: Environment): Promise<number> {
  try {
    const options = parseOptions(args, environment.env);
    if (options.help) {
      environment.print(helpText(args.includes(options.command) ? options.command : undefined));
      return 0;
    }
    return await dispatch(options, environment);
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    environment.printError(describe(error));
    return exitCodeOf(error);
  }
}

async function dispatch(options: Options, environment: Environment): Promise<number> {
  switch (options.command) {
    case "version":
      environment.print(`flexkube-agent ${version}\n`);
      return 0;
    case "validate":
      return (await import("./validate.ts")).validateCommand(options, environment);
    case "status":
      return (await import("./status.ts")).statusCommand(options, environment);
    case "healthcheck":
      return (await import("./healthcheck.ts")).healthcheckCommand(options, environment);
    case "plan":
      return (await import("./plan.ts")).planCommand(options, environment);
    case "apply":
      return (await import("./apply.ts")).applyCommand(options, environment);
    case "reset":
      return (await import("./reset.ts")).resetCommand(options, environment);
    case "backup":
      return (await import("./backup.ts")).backupCommand(options, environment);
    case "run":
      return (await import("./run.ts")).runCommand(options, environment);
  }
}

function describe(error: unknown): string {
  if (!isFlexkubeError(error)) return rowsText([String(error)]);
  if (isFlexkubeError(error, "CONFIG_INVALID")) return `${error.message}:\n${printProblems(error.details.problems)}`;
  // its sentence says who and since when
  const details = (isFlexkubeError(error, "STEP_LOCKED") ? [] : Object.entries(error.details)).map(([key, value]) =>
    below(`${key}: ${String(value)}`),
  );
  return `flexkube-agent: ${error.message} (${error.code})${details.length === 0 ? "" : `\n  ${details.join("\n  ")}`}\n`;
}
