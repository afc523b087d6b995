// The command line of flexkube-agent: understands arguments, runs the command, turns errors into text and exit codes.
import { differenceText } from "#agent/saved-plan/compare-plans.ts";
import { below, rowsText } from "#shared/printable.ts";
import { helpLast } from "#shared/command-line/help-last.ts";
import { printerAs } from "#shared/command-line/output.ts";
import { usageText } from "#shared/command-line/usage.ts";
import { exitCodeOf, isFlexkubeError } from "#shared/errors.ts";
import type { FlexkubeError } from "#shared/errors.ts";
import type { Environment } from "./environment.ts";
import { helpText } from "./help.ts";
import { parseOptions } from "./options.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";

/** Runs one command and resolves to the exit code. Errors of ours are printed; anything else is a bug and rejects. */
export async function runAgent(given: readonly string[], environment: Environment): Promise<number> {
  const args = helpLast(given);
  try {
    const options = parseOptions(args, environment.env);
    if (options.help) {
      environment.print(helpText(args.includes(options.command) ? options.command : undefined));
      return 0;
    }
    const { print, end } = printerAs(options.output, environment.print);
    try {
      return await dispatch(options, { ...environment, print });
    } finally {
      end();
    }
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    environment.printError(describe(error));
    return exitCodeOf(error);
  }
}

async function dispatch(options: Options, environment: Environment): Promise<number> {
  switch (options.command) {
    case "version":
      return (await import("./version.ts")).versionCommand(options, environment);
    case "completion":
    case "man":
      return (await import("./manual.ts")).manualCommand(options, environment);
    case "schema":
      return (await import("./schema.ts")).schemaCommand(options, environment);
    case "validate":
      return (await import("./validate.ts")).validateCommand(options, environment);
    case "status":
      return (await import("./status.ts")).statusCommand(options, environment);
    case "events":
      return (await import("./events.ts")).eventsCommand(options, environment);
    case "logs":
      return (await import("./logs.ts")).logsCommand(options, environment);
    case "explain":
      return (await import("./explain.ts")).explainCommand(options, environment);
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
    case "identity":
      return (await import("./identity.ts")).identityCommand(options, environment);
    case "run":
      return (await import("./run.ts")).runCommand(options, environment);
  }
}

function describe(error: unknown): string {
  if (!isFlexkubeError(error)) return rowsText([String(error)]);
  if (isFlexkubeError(error, "INTERNAL_USAGE")) return usageText("flexkube-agent", error.details);
  if (isFlexkubeError(error, "CONFIG_INVALID")) return `${error.message}:\n${printProblems(error.details.problems)}`;
  if (isFlexkubeError(error, "PLAN_OUTDATED")) return outdatedText(error);
  // its sentence says who and since when
  const details = (isFlexkubeError(error, "STEP_LOCKED") ? [] : Object.entries(error.details)).map(([key, value]) =>
    below(`${key}: ${String(value)}`),
  );
  return `flexkube-agent: ${error.message} (${error.code})${details.length === 0 ? "" : `\n  ${details.join("\n  ")}`}\n`;
}

function outdatedText({ message, code, details }: FlexkubeError<"PLAN_OUTDATED">): string {
  return rowsText([
    `flexkube-agent: ${message} (${code})`,
    ...details.differences.map((difference) => `  ${differenceText(difference)}`),
    `  ${details.file} is of no use any more: flexkube-agent plan --save FILE makes another one`,
  ]);
}
