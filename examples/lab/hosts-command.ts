// Calls the `hosts` script for one lab. What its subcommands do is described at the top of that script.
import { fileURLToPath } from "node:url";
import { runCommand, runCommandForBytes, tryCommand, type CommandOptions, type CommandResult } from "./run-command.ts";

const script = fileURLToPath(new URL("./hosts", import.meta.url));

export type HostsCommand = {
  /** Standard output; throws CommandFailed. */
  readonly run: (args: readonly string[], options?: CommandOptions) => Promise<string>;
  readonly bytes: (args: readonly string[], options?: CommandOptions) => Promise<Buffer>;
  readonly attempt: (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
};

/** The script with `env` (LAB_DIR and so on) added to its environment. */
export function hostsCommand(env: Readonly<Record<string, string | undefined>>): HostsCommand {
  const line = (args: readonly string[]) => [script, ...args];
  return {
    run: (args, options) => runCommand(line(args), { ...options, env }),
    bytes: (args, options) => runCommandForBytes(line(args), { ...options, env }),
    attempt: (args, options) => tryCommand(line(args), { ...options, env }),
  };
}
