// A program on a real terminal, or without one, for tests of what it writes there.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { env } from "node:process";

/** For node:test's `skip`. */
export function skipWithoutTerminal(): string | false {
  const isThere = spawnSync("sh", ["-c", "command -v script"]).status === 0;
  return !isThere && env["REQUIRE_DOCKER"] !== "1" && "script is not installed (.ci/debian)";
}

/** Its outputs come together, as `stdout`. A Ctrl-C written to `stdin` is one to the program. */
export function onTerminal(
  command: readonly string[],
  changes: NodeJS.ProcessEnv = {},
): ChildProcessWithoutNullStreams {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return spawn("script", ["-qec", `exec ${words}`, "/dev/null"], { env: environmentOf(changes) });
}

/** The same with a pipe for each. */
export function withoutTerminal(
  [program = "", ...args]: readonly string[],
  changes: NodeJS.ProcessEnv = {},
): ChildProcessWithoutNullStreams {
  return spawn(program, args, { env: environmentOf(changes) });
}

/** Without what the test's own shell says about colours. */
function environmentOf(changes: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NO_COLOR: _none, FORCE_COLOR: _force, ...rest } = env;
  return { ...rest, SHELL: "/bin/sh", TERM: "xterm-256color", ...changes };
}
