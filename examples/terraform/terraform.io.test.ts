// The provider under the Terraform or OpenTofu that this machine has; before a release, terraform.release.test.ts brings its own.
import { execPath } from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildProgram } from "../../images/agent/build.ts";
import type { Real } from "./real-scenarios.ts";
import { realScenarios } from "./real-scenarios.ts";
import { programOnPath } from "./workspace.ts";

const program = await programOnPath();

if (program === undefined) {
  test("neither terraform nor tofu is on the PATH: npm run test:release compiles one", { skip: true }, () => undefined);
} else {
  const planner = [execPath, fileURLToPath(new URL("../../planner/main.ts", import.meta.url))];
  const real: Real = { program, provider: [await buildProgram("provider")], planner };
  // each waits as long as it computes: three processes talk in turn
  describe(program, { concurrency: 3 }, () => {
    for (const [name, scenario] of Object.entries(realScenarios)) test(name, (t) => scenario(t, real));
  });
}
