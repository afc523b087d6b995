// The command line of flexkube-planner: understands arguments, runs the command, turns errors into text and exit codes.
import { below, printableLine } from "#shared/printable.ts";
import { exitCodeOf, isFlexkubeError } from "#shared/errors.ts";
import { formatProblem } from "#shared/document/format-problem.ts";
import { version } from "#shared/version.ts";
import type { Effects } from "#planner/effects.ts";
import { commandHelp, generalHelp } from "./help.ts";
import type { Options } from "./parse-options.ts";
import { parseOptions } from "./parse-options.ts";
import { inWords } from "#planner/io/reason-of.ts";

/** Runs one command and resolves to the exit code. Errors of ours are printed; anything else is a bug and rejects. */
export async function runPlanner(args: readonly string[], effects: Effects): Promise<number> {
  try {
    return await dispatch(parseOptions(args), effects);
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    effects.printError(describe(error));
    return exitCodeOf(error);
  }
}

async function dispatch(options: Options, effects: Effects): Promise<number> {
  if (options.help) {
    effects.print(options.command === "help" ? generalHelp : commandHelp[options.command]);
    return 0;
  }
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
    case "kubeconfig":
      return (await import("./kubeconfig.ts")).kubeconfigCommand(options, effects);
    case "version":
      effects.print(`flexkube-planner ${version}\n`);
      return 0;
    case "help":
      effects.print(generalHelp);
      return 0;
  }
}

function describe(error: Error): string {
  if (isFlexkubeError(error, "CONFIG_INVALID") || isFlexkubeError(error, "PKI_LOST"))
    return error.details.problems.map((problem) => `${formatProblem(problem)}\n`).join("");
  if (isFlexkubeError(error, "INTERNAL_USAGE")) {
    const { argument, reason } = error.details;
    return `flexkube-planner: ${printableLine(argument === "" ? reason : `${argument}: ${reason}`)}\nTry flexkube-planner --help.\n`;
  }
  const details =
    "details" in error && typeof error.details === "object"
      ? Object.values(error.details ?? {}).map((detail) => inWords(String(detail)))
      : [];
  return `flexkube-planner: ${below([error.message, ...details].join(": "))}\n`;
}
