// flexkube-planner completion and man: what its own help says, for a shell and for man(1).
import { completionScript, shells } from "#shared/command-line/completion.ts";
import { outputs } from "#shared/command-line/output.ts";
import { manPage } from "#shared/command-line/man-page.ts";
import { programOf } from "#shared/command-line/program.ts";
import type { Program } from "#shared/command-line/program.ts";
import { exitCodes } from "#shared/errors.ts";
import { version } from "#shared/version.ts";
import { bootFormats } from "#planner/boot/boot-files.ts";
import type { Effects } from "#planner/effects.ts";
import { commandHelp, commands, generalHelp } from "./help.ts";
import { schemaKinds } from "./schema.ts";
import type { Options } from "./parse-options.ts";
import { allowed, flags } from "./parse-options.ts";

/** All commands with their options, as they are parsed and as help tells them. */
export function plannerProgram(): Program {
  return programOf({
    name: "flexkube-planner",
    help: generalHelp,
    commandHelp,
    flags,
    optionsOf: (name) => {
      const command = commands.find((each) => each === name);
      return command === undefined ? [] : allowed[command];
    },
    choices: { "--format": bootFormats, "--output": outputs, schema: schemaKinds, completion: shells },
  });
}

/** Throws INTERNAL_USAGE for a shell that is not known. */
export async function manualCommand({ command, names = [] }: Options, { print }: Effects): Promise<number> {
  print(command === "man" ? manPage(plannerProgram(), version) : completionScript(plannerProgram(), names));
  return Promise.resolve(exitCodes.ok);
}
