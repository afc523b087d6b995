// The command line of flexkube-planner: understands arguments, runs the command, turns errors into text and exit codes.
import { below, rowsText } from "#shared/printable.ts";
import { helpLast } from "#shared/command-line/help-last.ts";
import { printerAs } from "#shared/command-line/output.ts";
import { usageText } from "#shared/command-line/usage.ts";
import { exitCodeOf, isFlexkubeError } from "#shared/errors.ts";
import { formatProblem } from "#shared/document/format-problem.ts";
import type { ProgramEffects } from "#planner/effects.ts";
import { commandHelp, generalHelp } from "./help.ts";
import type { Options } from "./parse-options.ts";
import { parseOptions } from "./parse-options.ts";
import { inWords } from "#planner/io/reason-of.ts";

/** Runs one command and resolves to the exit code. Errors of ours are printed; anything else is a bug and rejects. */
export async function runPlanner(given: readonly string[], effects: ProgramEffects): Promise<number> {
  try {
    const options = parseOptions(helpLast(given));
    if (options.help) {
      effects.print(options.command === "help" ? generalHelp : commandHelp[options.command]);
      return 0;
    }
    const { print, end } = printerAs(options.output, effects.print);
    try {
      return await dispatch(options, { ...effects, print });
    } finally {
      end();
    }
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    effects.printError(describe(error));
    return exitCodeOf(error);
  }
}

async function dispatch(options: Options, effects: ProgramEffects): Promise<number> {
  switch (options.command) {
    case "init":
      return (await import("./init.ts")).initCommand(options, effects);
    case "validate":
      return (await import("./validate.ts")).validateCommand(options, effects);
    case "split":
      return (await import("./split.ts")).splitCommand(options, effects);
    case "diff":
      return (await import("./split.ts")).diffCommand(options, effects);
    case "restore":
      return (await import("./restore.ts")).restoreCommand(options, effects);
    case "backup-pki":
      return (await import("./backup-pki.ts")).backupPkiCommand(options, effects);
    case "certificates":
      return (await import("./certificates.ts")).certificatesCommand(options, effects);
    case "simulate":
      return (await import("./simulate.ts")).simulateCommand(options, effects);
    case "kubeconfig":
      return (await import("./kubeconfig.ts")).kubeconfigCommand(options, effects);
    case "boot":
      return (await import("./boot.ts")).bootCommand(options, effects);
    case "schema":
      return (await import("./schema.ts")).schemaCommand(options, effects);
    case "deliver":
      return (await import("./deliver.ts")).deliverCommand(options, effects);
    case "status":
      return (await import("./status.ts")).statusCommand(options, effects);
    case "completion":
    case "man":
      return (await import("./manual.ts")).manualCommand(options, effects);
    case "version":
      return (await import("./version.ts")).versionCommand(options, effects);
    case "help":
      effects.print(generalHelp);
      return 0;
  }
}

function describe(error: Error): string {
  if (isFlexkubeError(error, "CONFIG_INVALID") || isFlexkubeError(error, "PKI_LOST"))
    return error.details.problems.map((problem) => `${formatProblem(problem)}\n`).join("");
  if (isFlexkubeError(error, "IMAGE_UNRESOLVED"))
    return rowsText(error.details.images.map(({ image, reason }) => `${image}: ${inWords(reason)}`));
  if (isFlexkubeError(error, "INTERNAL_USAGE")) return usageText("flexkube-planner", error.details);
  const details =
    "details" in error && typeof error.details === "object"
      ? Object.values(error.details ?? {}).map((detail) => inWords(String(detail)))
      : [];
  return `flexkube-planner: ${below([error.message, ...details].join(": "))}\n`;
}
