// Runs a program to its end and collects what it says. The lab and its tests reach hosts only through this.
import { spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";

export type CommandResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type CommandOptions = {
  readonly input?: string | Uint8Array | undefined;
  /** Added to this process's environment; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Milliseconds after which the program is killed. */
  readonly deadlineMs?: number | undefined;
};

/** A program that ended with another exit code than 0; a program killed by a signal has exit code -1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly result: CommandResult;

  constructor(command: readonly string[], result: CommandResult) {
    super(`${command.join(" ")}: exit code ${result.exitCode}\n${result.stderr}${result.stdout}`);
    this.result = result;
  }
}

/** Resolves whatever the exit code is; rejects when the program cannot be started. */
export async function tryCommand(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { exitCode, stdout, stderr } = await collect(command, options);
  return { exitCode, stdout: stdout.toString(), stderr };
}

/** Standard output as text. Throws CommandFailed. */
export async function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  return (await runCommandForBytes(command, options)).toString();
}

/** Standard output as it is. Throws CommandFailed. */
export async function runCommandForBytes(command: readonly string[], options: CommandOptions = {}): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await collect(command, options);
  if (exitCode !== 0) throw new CommandFailed(command, { exitCode, stdout: stdout.toString(), stderr });
  return stdout;
}

async function collect(command: readonly string[], options: CommandOptions) {
  const [program = "", ...args] = command;
  // with a deadline in a process group of its own, so that the program's children end with it and free its output
  const { deadlineMs } = options;
  const child = spawn(program, args, {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: deadlineMs !== undefined,
  });
  const end = () => child.pid === undefined || process.kill(-child.pid, "SIGKILL");
  const timer = deadlineMs === undefined ? undefined : setTimeout(end, deadlineMs);
  // a program that does not read its input closes the pipe early; its exit code says what that means
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  try {
    const [exitCode, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), text(child.stderr)]);
    return { exitCode, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}
