import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { createConfigLoader } from "./load-config.ts";

const text = (image: string): string =>
  `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\ncontainers:\n  web: {image: "${image}"}\n`;

function setUp() {
  const state = { ...createMemoryState() };
  const load = createConfigLoader();
  const given = { text: text("server:1") };
  const source = { read: async () => Promise.resolve(given.text), name: "host.yaml", allowOlder: false };
  return {
    state,
    given,
    load: async () => load({ source, state, keep: true, facts: async () => Promise.resolve({}) }),
  };
}

test("a text that is given, in force and the last good one is understood once", async () => {
  const { state, load } = setUp();
  const first = await load();
  await state.writeConfig("last-good", first.text);

  const second = await load();

  assert.equal(second.desired, first.desired);
  assert.equal(second.fallback, first.desired);
});

test("a changed text comes into force while the last good one stays what it was", async () => {
  const { state, given, load } = setUp();
  await state.writeConfig("last-good", (await load()).text);

  given.text = text("server:2");
  const { desired, fallback } = await load();

  assert.equal(desired.containers[0]?.spec.image, "server:2");
  assert.equal(fallback?.containers[0]?.spec.image, "server:1");
  assert.equal(await state.readConfig("in-force"), given.text);
});

test("a new text that cannot be kept, as on a full disk, does not come into force; the one before stays there", async () => {
  const { state, given, load } = setUp();
  await load();
  const full = new FlexkubeError("FILES_UNWRITABLE", "state cannot be written", {
    path: "in-force.yaml",
    reason: "ENOSPC",
  });
  state.writeConfig = async () => Promise.reject(full);

  given.text = text("server:2");
  const { desired, unkept } = await load();

  assert.equal(desired.containers[0]?.spec.image, "server:1");
  assert.equal(unkept, full);
  assert.deepEqual((await load()).unkept, full);
});

const gone = new FlexkubeError("FILES_UNWRITABLE", "state cannot be written", {
  path: "in-force.yaml",
  reason: "ENOENT",
});

test("without a state directory the agent works with what it is given, from memory, and says so", async () => {
  const { state, given, load } = setUp();
  state.writeConfig = async () => Promise.reject(gone);

  const first = await load();
  given.text = text("server:2");
  const second = await load();

  assert.equal(first.desired.containers[0]?.spec.image, "server:1");
  assert.equal(first.inMemory, gone);
  assert.equal(second.desired.containers[0]?.spec.image, "server:2");
  assert.deepEqual([second.unkept, second.inMemory], [undefined, gone]);
});

test("a state directory that was removed takes nothing from the running agent", async () => {
  const { state, given, load } = setUp();
  given.text = text("server:1").replace("host: h1", "host: h1\ngeneration: 7");
  await load();
  Object.assign(state, {
    readConfig: async () => Promise.resolve(undefined),
    writeConfig: async () => Promise.reject(gone),
  });

  given.text = text("server:2").replace("host: h1", "host: h1\ngeneration: 6");
  const older = await load();
  given.text = "half: [";
  const unusable = await load();
  given.text = "";
  const missing = await load();

  for (const { desired, problems } of [older, unusable, missing]) {
    assert.equal(desired.containers[0]?.spec.image, "server:1");
    assert.equal(problems.length, 1);
  }
});

test("once the state directory is there again, the config in force is kept in it", async () => {
  const { state, given, load } = setUp();
  const { writeConfig } = state;
  state.writeConfig = async () => Promise.reject(gone);
  await load();

  state.writeConfig = writeConfig;
  const { inMemory } = await load();

  assert.equal(inMemory, undefined);
  assert.equal(await state.readConfig("in-force"), given.text);
});

test("a file that cannot be read is a problem, and the config in force stays; without one it ends the tick", async () => {
  const refused = new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", {
    file: "x",
    reason: "EIO",
  });
  const { state, given, load } = setUp();
  await load();
  const source = { read: async () => Promise.reject(refused), name: "host.yaml", allowOlder: false };
  const options = { source, keep: true, facts: async () => Promise.resolve({}) };

  const { text: inForce, problems } = await createConfigLoader()({ ...options, state });

  assert.equal(inForce, given.text);
  assert.deepEqual(
    problems.map(({ problem }) => problem),
    ["it cannot be read: EIO"],
  );
  await assert.rejects(createConfigLoader()({ ...options, state: createMemoryState() }), refused);
});
