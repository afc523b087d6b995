// The planner as its users have it: the executable of this source tree, which also starts in a third of the sources' time.
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { runCommand } from "./run-command.ts";

const build = fileURLToPath(new URL("../../images/agent/build.ts", import.meta.url));
const executable = fileURLToPath(new URL("../../dist/flexkube-planner", import.meta.url));
let built: Promise<unknown> | undefined;

/** Its path; built when it is missing or old, which is looked at once a process. */
export async function plannerProgram(): Promise<string> {
  await (built ??= runCommand([execPath, build, "planner"]));
  return executable;
}
