// What commands print as data on one host in memory, from nothing to a reset: each is what its schema says.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import * as z from "zod";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { agentOutputs } from "#agent/output/outputs.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { config, one, programs } from "#agent/testing/small-servers.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { outputJsonSchema } from "#shared/output/output-schema.ts";
import { checkOutput, valuesIn } from "#shared/output/testing/check-output.ts";
import { runAgent } from "./command-line.ts";
import { only } from "./options.ts";

type Ran = { readonly code: number; readonly text: string };
type Name = keyof typeof agentOutputs;

function createHost(context: TestContext) {
  const root = temporaryRoot(context);
  const [state, file, plan] = [join(root, "state"), join(root, "host.yaml"), join(root, "plan.json")];
  mkdirSync(state, { mode: 0o700 });
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  for (const [image, program] of Object.entries({ ...programs, "agent:1": () => ({ endsAfterMs: 10, exitCode: 0 }) }))
    engine.program(image, program);
  const run = async (...args: readonly string[]): Promise<Ran> => {
    const printed: string[] = [];
    const print = (text: string): void => void printed.push(text);
    const environment = commandEnvironment({ clock, engine, print, printError: () => undefined });
    const places = ["--state", state, "--config", file, "--host-root", join(root, "nowhere"), "--image", "agent:1"];
    return { code: await runAgent([...args, ...places], environment), text: printed.join("") };
  };
  return {
    plan,
    run,
    give: (image: string, generation: number) => writeFileSync(file, config(one(image), generation)),
  };
}

test("every command that prints data has a schema, and no other one", () => {
  assert.deepEqual(Object.keys(agentOutputs).toSorted(), only["json"]?.toSorted());
  assert.deepEqual(only["output"], only["json"]);
});

test("each command's data is what its schema says, JSON Schema included", async (context) => {
  const { plan, run, give } = createHost(context);
  const seen = new Set<Name>();
  /** The exit code. */
  const says = async (command: Name, ...words: readonly string[]): Promise<number> => {
    const { code, text } = await run(command, ...words, "-o", "json");
    assert.notEqual(text, "", command);
    checkOutput(agentOutputs, command, text);
    const reader = z.fromJSONSchema(outputJsonSchema("flexkube-agent", command, agentOutputs[command]));
    for (const value of valuesIn(text)) assert.doesNotThrow(() => reader.parse(value), command);
    seen.add(command);
    return code;
  };

  assert.equal(await says("version"), 0);
  assert.equal(await says("identity"), 0);
  assert.equal(await says("status"), 0);
  assert.equal(await says("plan"), 65);
  give("server:1", 1);
  assert.equal(await says("validate"), 0);
  assert.equal(await says("plan", "--save", plan), 2);
  assert.equal(await says("explain", "web"), 0);
  assert.equal(await says("apply", "--plan", plan), 0);
  assert.equal(await says("apply", "--plan", plan), 2);
  give("broken:1", 2);
  assert.equal(await says("apply"), 70);
  assert.equal(await says("plan"), 70);
  assert.equal(await says("explain", "web"), 0);
  assert.equal(await says("events"), 0);
  assert.equal(await says("status", "--exit-code"), 70);
  assert.equal(await says("reset", "--dry-run"), 0);
  assert.equal(await says("reset"), 0);
  assert.equal(await says("status"), 0);
  // its own test has a member of etcd
  assert.deepEqual(
    Object.keys(agentOutputs).filter((name) => ![...seen, "backup"].includes(name)),
    [],
  );
});

test("schema prints that of a command; of another word it says what is known", async (context) => {
  const { run } = createHost(context);
  const { code, text } = await run("schema", "plan");

  assert.equal(code, 0);
  assert.equal(z.object({ title: z.string() }).parse(JSON.parse(text)).title, "flexkube-agent plan");
  assert.equal((await run("schema")).code, 64);
  assert.equal((await run("schema", "logs")).code, 64);
});
