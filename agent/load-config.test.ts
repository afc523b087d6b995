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

test("a first text that cannot be kept is no config to work with", async () => {
  const { state, load } = setUp();
  const full = new FlexkubeError("FILES_UNWRITABLE", "state cannot be written", {
    path: "in-force.yaml",
    reason: "ENOSPC",
  });
  state.writeConfig = async () => Promise.reject(full);

  await assert.rejects(load(), full);
});
