// What `reset` takes for ours, and what it leaves and tells: on an engine in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { engineRefused } from "#agent/engine/errors.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { labelKeys, ownershipLabels } from "#agent/engine/labels.ts";
import { createPatience } from "#agent/files/patience.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { parseOptions } from "./options.ts";
import { resetCommand } from "./reset.ts";

const config = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web: { image: "server:1" }
`;

const ours = ownershipLabels({ cluster: "demo", host: "h1", component: "web", container: "web", specHash: "ab12" });

type Reset = { readonly exitCode: number; readonly text: string };

async function setUp(context: TestContext, { text = config }: { readonly text?: string } = {}) {
  const directory = temporaryRoot(context);
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  engine.program("agent:1", () => ({ endsAfterMs: 10, exitCode: 0 }));
  for (const image of ["server:1", "copied:1"]) engine.program(image, () => ({}));
  const state = await openStateDirectory({ directory, clock, patience: createPatience({ clock: new FakeClock() }) });
  if (text !== "") await state.writeConfig("in-force", text);
  const run = async (name: string, image: string, labels: Readonly<Record<string, string>>): Promise<string> => {
    const spec = plainSpec({ image, networkMode: "bridge" });
    const id = await engine.create({ name, spec, labels, restart: "no", resources: {} });
    await engine.start(id);
    return id;
  };
  const end = new AbortController();
  const reset = async (...args: readonly string[]): Promise<Reset> => {
    const printed: string[] = [];
    const command = ["reset", "--state", directory, "--config", "-", "--image", "agent:1", "--host-root", "/nowhere"];
    const exitCode = await resetCommand(parseOptions([...command, ...args], {}), {
      ...commandEnvironment({ clock, engine, print: (line) => printed.push(line) }),
      signal: end.signal,
    });
    return { exitCode, text: printed.join("") };
  };
  return { clock, end, engine, state, run, reset, names: () => engine.containers.map(({ name }) => name) };
}

for (const [what, text] of [
  ["with the config in force", config],
  ["by labels alone, without any host config", ""],
] as const)
  test(`${what}: ours goes; a container that has our labels from its image stays and is told`, async (context) => {
    const { engine, run, reset, names } = await setUp(context, { text });
    await run("web", "server:1", ours);
    engine.images.label("copied:1", ours);
    await run("mine", "copied:1", ours);
    await run("other", "server:1", { app: "other" });

    const preview = await reset("--dry-run");
    const done = await reset();

    for (const { text: told } of [preview, done]) {
      assert.match(told, /remove web/);
      assert.match(told, /container mine has its labels from its image: it is not ours and is left alone/);
      assert.doesNotMatch(told, /remove (?:mine|other)/);
    }
    assert.deepEqual([done.exitCode, names()], [0, ["mine", "other"]]);
  });

test("an image with the labels of another cluster's container is in the way of no reset", async (context) => {
  const { engine, run, reset, names } = await setUp(context);
  await run("web", "server:1", ours);
  engine.images.label("copied:1", { ...ours, [labelKeys.cluster]: "other" });
  await run("mine", "copied:1", { ...ours, [labelKeys.cluster]: "other" });

  assert.equal((await reset()).exitCode, 0);
  assert.deepEqual(names(), ["mine"]);
});

test("where only copies are left there is nothing to reset", async (context) => {
  const { engine, run, reset, names } = await setUp(context, { text: "" });
  engine.images.label("copied:1", ours);
  await run("mine", "copied:1", ours);

  await assert.rejects(reset(), (error) => isFlexkubeError(error, "CONFIG_UNREADABLE"));
  assert.deepEqual(names(), ["mine"]);
});

test("a container that cannot be looked at ends no reset as done: it is told, and the host config stays for the next try", async (context) => {
  const { engine, state, run, reset, names } = await setUp(context);
  const id = await run("web", "server:1", ours);
  const inspect = engine.inspect.bind(engine);
  let isSick = true;
  Object.assign(engine, {
    inspect: async (asked: string, options?: Parameters<typeof inspect>[1]) => {
      if (isSick && asked === id) throw engineRefused("inspect", { status: 500, reason: "no such layer" });
      return inspect(asked, options);
    },
  });

  await assert.rejects(
    reset(),
    (error) => isFlexkubeError(error, "STEP_FAILED") && /web/.test(JSON.stringify(error.details)),
  );
  assert.equal(await state.readConfig("in-force"), config);
  isSick = false;
  const again = await reset();

  assert.deepEqual([again.exitCode, names()], [0, []]);
});

test("a reset that could not begin, because another agent is at work, leaves the host as it was: nobody stops to look after it", async (context) => {
  const { engine, state, run, reset, names } = await setUp(context);
  await run("web", "server:1", ours);
  await run("flexkube-lock", "server:1", { app: "other" });
  const locked = async (): Promise<void> =>
    assert.rejects(reset("--lock-timeout", "0s"), (error) => isFlexkubeError(error, "STEP_LOCKED"));

  await locked();
  assert.deepEqual([await state.stoppedSince(), names().toSorted()], [undefined, ["flexkube-lock", "web"]]);

  await state.setStopped("2025-12-31T00:00:00.000Z");
  await locked();
  assert.equal(await state.stoppedSince(), "2025-12-31T00:00:00.000Z");

  await engine.remove("flexkube-lock");
  assert.equal((await reset()).exitCode, 0);
  assert.notEqual(await state.stoppedSince(), "2025-12-31T00:00:00.000Z");
});

test("a reset that is ended while it waits has reset nothing", async (context) => {
  const { clock, end, state, run, reset, names } = await setUp(context);
  await run("web", "server:1", ours);
  const other = await run("other", "server:1", {});
  await run("flexkube-lock", "server:1", { [labelKeys.holder]: `${other}:1:9`, "flexkube.nonce": "1" });
  const begun = clock.now();
  const watch = async (): Promise<void> => {
    while (clock.now() - begun < 3000) await new Promise((resolve) => setImmediate(resolve));
    end.abort(new Error("SIGINT"));
  };

  const [outcome] = await Promise.allSettled([reset(), watch()]);

  assert.match(String(outcome.status === "rejected" ? outcome.reason : outcome.value), /SIGINT/);
  assert.deepEqual([await state.stoppedSince(), names().toSorted()], [undefined, ["flexkube-lock", "other", "web"]]);
});
