// The provider as it is shipped, under OpenTofu, compiled once where the machine has none, and under a Terraform where the machine has one.
import { execPath } from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildProgram } from "../../images/agent/build.ts";
import { realScenarios } from "./real-scenarios.ts";
import { allPrograms } from "./workspace.ts";

const isAsked = process.env["EVERYTHING"] === "1";
const planner = [execPath, fileURLToPath(new URL("../../planner/main.ts", import.meta.url))];

describe("the provider before a release", { skip: !isAsked && "takes minutes; EVERYTHING=1 runs it" }, async () => {
  if (!isAsked) return;
  const provider = [await buildProgram("provider")];
  for (const program of await allPrograms())
    for (const [name, scenario] of Object.entries(realScenarios))
      test(`${program}: ${name}`, (t) => scenario(t, { program, provider, planner }));
});
