// flexkube-agent completion and man: what its own help says, for a shell and for man(1).
import { completionScript, shells } from "#shared/command-line/completion.ts";
import { outputs } from "#shared/command-line/output.ts";
import { manPage } from "#shared/command-line/man-page.ts";
import { programOf } from "#shared/command-line/program.ts";
import type { Program } from "#shared/command-line/program.ts";
import { outputCommands } from "#agent/output/output-commands.ts";
import { version } from "#shared/version.ts";
import type { Environment } from "./environment.ts";
import { general, own } from "./help.ts";
import { backupActions, flags, levels, logFormats, only } from "./options.ts";
import type { Options } from "./options.ts";

/** All commands with their options, as they are parsed and as help tells them. */
export function agentProgram(): Program {
  const all = Object.keys(flags).filter((name) => name !== "help" && name !== "version");
  const isOf = (option: string, command: string): boolean =>
    !Object.hasOwn(only, option) || only[option]?.some((user) => user === command) === true;
  return programOf({
    name: "flexkube-agent",
    help: general,
    commandHelp: own,
    flags,
    optionsOf: (command) => all.filter((option) => isOf(option, command)),
    choices: {
      "--log-level": levels,
      "--output": outputs,
      "--log-format": logFormats,
      backup: backupActions,
      schema: outputCommands,
      completion: shells,
    },
  });
}

/** Throws INTERNAL_USAGE for a shell that is not known. */
export async function manualCommand({ command, name }: Options, environment: Environment): Promise<number> {
  const words = name === undefined ? [] : [name];
  environment.print(command === "man" ? manPage(agentProgram(), version) : completionScript(agentProgram(), words));
  return Promise.resolve(0);
}
