import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedRun } from "./shared-run.ts";

/** Runs that end when they are told to. */
function slowRuns() {
  const begun: string[] = [];
  const ends: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const ask = sharedRun((key) => {
    begun.push(key);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    ends.push({ resolve: () => resolve(undefined), reject });
    return promise;
  });
  return { begun, ends, ask };
}

test("all who ask while one is under way share the next one, which begins after they asked", async () => {
  const { ask, begun, ends } = slowRuns();

  const first = ask("a");
  const later = [ask("a"), ask("a"), ask("a")];
  assert.deepEqual(begun, ["a"]);
  ends[0]?.resolve();
  await first;
  ends[1]?.resolve();
  await Promise.all(later);

  assert.deepEqual(begun, ["a", "a"]);
  const last = ask("a");
  ends[2]?.resolve();
  await last;
  assert.equal(begun.length, 3);
});

test("other keys do not wait", async () => {
  const { ask, begun, ends } = slowRuns();

  const both = [ask("a"), ask("b")];

  assert.deepEqual(begun, ["a", "b"]);
  for (const { resolve } of ends) resolve();
  await Promise.all(both);
});

test("who asked for a run that fails is told, and who asked after it gets a run of his own", async () => {
  const { ask, begun, ends } = slowRuns();

  const first = ask("a");
  const second = ask("a");
  ends[0]?.reject(new Error("the disk is gone"));
  await assert.rejects(first, /the disk is gone/);
  ends[1]?.resolve();
  await second;

  assert.deepEqual(begun, ["a", "a"]);
});
