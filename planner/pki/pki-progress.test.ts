// When long work on the PKI is told of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryPkiIo } from "./memory-pki-io.ts";
import { preparePki } from "./prepare-pki.ts";
import { leafRequest, optionsFor, start } from "./testing/pki-fixture.ts";

test("progress is told after two seconds, at most once a second", async () => {
  let now = start;
  const told: string[] = [];
  const certificates = Array.from({ length: 10 }, (_, index) => leafRequest(`h${index}`));

  await preparePki({
    ...optionsFor(memoryPkiIo(), { certificates }),
    clock: { now: () => (now += 200) },
    onProgress: ({ phase, done, total }) => told.push(`${phase} ${done}/${total}`),
  });

  assert.match(told.join(" "), /^read [0-9]+\/10 .*issue [0-9]+\/10$/);
  assert.ok(told.length < 5);
});

test("short work is not told of", async () => {
  await preparePki({ ...optionsFor(memoryPkiIo()), onProgress: () => assert.fail("told") });
});
