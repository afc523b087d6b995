// The provider as it is shipped, under an OpenTofu that is compiled once, and under a Terraform where the machine has one.
import { execPath } from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";
import { buildProgram } from "../../images/agent/build.ts";
import { realScenarios } from "./real-scenarios.ts";
import { programOnPath } from "./workspace.ts";

const isAsked = process.env["EVERYTHING"] === "1";
const opentofu = fileURLToPath(new URL("../../images/lab/opentofu", import.meta.url));
const planner = [execPath, fileURLToPath(new URL("../../planner/main.ts", import.meta.url))];

describe("the provider before a release", { skip: !isAsked && "takes minutes; EVERYTHING=1 runs it" }, async () => {
  if (!isAsked) return;
  const provider = [await buildProgram("provider")];
  const compiled = (await runCommand([opentofu])).trim();
  const found = await programOnPath(["terraform"]);
  for (const program of [compiled, ...(found === undefined ? [] : [found])])
    for (const [name, scenario] of Object.entries(realScenarios))
      test(`${program}: ${name}`, (t) => scenario(t, { program, provider, planner }));
});
