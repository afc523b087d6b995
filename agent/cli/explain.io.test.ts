// `explain` as a command, on the disk of a host whose containers are not made yet.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { config, one } from "#agent/testing/small-servers.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { runAgent } from "./command-line.ts";

test("a component is explained and nothing changed; a name that is not there is asked about", async (context) => {
  const root = temporaryRoot(context);
  const [state, file] = [join(root, "state"), join(root, "host.yaml")];
  mkdirSync(state);
  mkdirSync(join(root, "host/proc"), { recursive: true });
  writeFileSync(file, config(one("server:1")));
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  for (const image of ["server:1", "agent:1"]) engine.program(image, () => ({}));
  const run = async (...names: readonly string[]) => {
    const printed: string[] = [];
    const environment = commandEnvironment({ clock, engine, print: (text) => printed.push(text) });
    const where = ["--state", state, "--config", file, "--host-root", join(root, "host"), "--image", "agent:1"];
    return { code: await runAgent(["explain", ...names, ...where], environment), text: printed.join("") };
  };

  const { code, text } = await run("web");

  assert.equal(code, 0, text);
  assert.match(text, /^done:\n {2}the event log tells nothing of it\nnow:\n(?: {2}.*\n)* {2}start web \(not there\)\n/);
  assert.deepEqual(
    engine.calls.filter(({ mutating, subject }) => mutating && subject === "web"),
    [],
  );
  assert.deepEqual(readdirSync(state), []);
  const wrong = await run("wep");
  assert.equal(wrong.code, 64);
  assert.match(wrong.text, /there is no such component \(did you mean web\?\)/);
  assert.match((await run()).text, /which component\? known are web/);
});
