// The provider under the Terraform or OpenTofu that this machine has, else under an OpenTofu that is compiled once; never skipped.
import { execPath } from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";
import { buildProgram } from "../../images/agent/build.ts";
import { realScenarios } from "./real-scenarios.ts";
import type { Real } from "./scenario.ts";
import { anyProgram } from "./workspace.ts";

const program = await anyProgram();
const version = /(?:Terraform|OpenTofu) v\S+/.exec(await runCommand([program, "version"]))?.[0] ?? "";
const planner = [execPath, fileURLToPath(new URL("../../planner/main.ts", import.meta.url))];
const real: Real = { program, provider: [await buildProgram("provider")], planner };

// each waits as long as it computes: three processes talk in turn
describe(`${version}, ${program}`, { concurrency: 3 }, () => {
  for (const [name, scenario] of Object.entries(realScenarios)) test(name, (t) => scenario(t, real));
});
