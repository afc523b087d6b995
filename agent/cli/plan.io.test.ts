// No host config that is not used looks to `plan` like one that is.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { withMark } from "#shared/delivery/delivery-mark.ts";
import { agentOutputs } from "#agent/output/outputs.ts";
import { checkOutput } from "#shared/output/testing/check-output.ts";
import { exitCodeOf, isFlexkubeError } from "#shared/errors.ts";
import { parseOptions } from "./options.ts";
import { planCommand } from "./plan.ts";

const document = (generation: number, extra = "", host = "h1"): string =>
  `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: ${host}\ngeneration: ${generation}\n${extra}`;
const marked = (text: string, generation: number): string =>
  withMark(text, { cluster: "demo", host: "h1", generation });
const inForce = marked(document(6), 6);

/** Undefined: no file is there. What is behind the first seven can only be told where another config is in force. */
const unusable: readonly (readonly [what: string, text: string | undefined, told: RegExp])[] = [
  ["none", undefined, /there is no host config/],
  ["an empty one", "", /empty/],
  ["one that was cut", inForce.slice(0, -20), /the file ends after [0-9,]+ of [0-9,]+ bytes/],
  ["one with an unknown key", document(7, "containerz: {}\n"), /unknown key/],
  ["one that is no YAML", "a: [", /not valid YAML/],
  ["a cluster config", document(7).replace("kind: Host", "kind: Cluster"), /this is a cluster config/],
  ["another host's", document(7, "", "h2"), /this host is h1, the config is for h2/],
  ["an older one", marked(document(5), 5), /older/],
  [
    "another split's of the same generation",
    marked(document(6, "containers: { web: { image: web:1 } }\n"), 6),
    /generation 6/,
  ],
  ["one without a generation", document(7).replace(/^generation.*\n/m, ""), /generation/],
  ["another cluster's", document(7).replace("cluster: demo", "cluster: other"), /other/],
];

type Planned = { readonly code: number; readonly printed: string; readonly problems: string };

async function planned(context: TestContext, text: string | undefined, { kept }: { kept: boolean }): Promise<Planned> {
  const root = temporaryRoot(context);
  const [state, file] = [join(root, "state"), join(root, "host.yaml")];
  mkdirSync(state);
  if (kept) for (const name of ["in-force.yaml", "last-good.yaml"]) writeFileSync(join(state, name), inForce);
  if (text !== undefined) writeFileSync(file, text);
  const run = async (...args: readonly string[]): Promise<{ code: number; printed: string }> => {
    const printed: string[] = [];
    const clock = new FakeClock({ auto: true });
    const environment = commandEnvironment({
      clock,
      engine: new FakeEngine({ clock }),
      print: (line) => printed.push(line),
      printError: args.includes("--json") ? () => undefined : undefined,
    });
    const options = ["plan", "--state", state, "--config", file, "--host", "h1", "--image", "agent:1", ...args];
    const code = await planCommand(parseOptions(options, {}), environment).catch((error: unknown) => {
      if (!isFlexkubeError(error)) throw error;
      printed.push(`${error.message} ${JSON.stringify(error.details)}`);
      return exitCodeOf(error);
    });
    return { code, printed: printed.join("") };
  };
  const { code, printed } = await run();
  const { printed: json } = await run("--json");
  const [first = ""] = json.split("\n");
  checkOutput(agentOutputs, "plan", first);
  // our own output
  return { code, printed, problems: JSON.stringify((JSON.parse(first) as { problems?: unknown }).problems ?? "none") };
}

describe("plan of a host config that cannot be used", () => {
  for (const kept of [true, false])
    for (const [what, text, told] of kept ? unusable : unusable.slice(0, 7))
      test(`${what}, ${kept ? "with another in force" : "on a fresh host"}: 65, and JSON has the problem`, async (context) => {
        const { code, printed, problems: json } = await planned(context, text, { kept });

        assert.equal(code, 65, printed);
        assert.match(json, told);
        assert.match(printed, told);
        assert.equal(/in force is that of demo\/h1, generation 6/.test(printed), kept, printed);
      });

  test("one that can be used has no problems", async (context) => {
    for (const kept of [true, false])
      assert.deepEqual(await planned(context, inForce, { kept }), {
        code: 0,
        printed: "nothing to do\n",
        problems: "[]",
      });
  });
});
