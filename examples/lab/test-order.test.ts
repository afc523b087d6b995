import assert from "node:assert/strict";
import { test } from "node:test";
import { inGoodOrder } from "./test-order.ts";

test("files with a long table come first, the others by path", () => {
  const files = ["b/one.e2e.test.ts", "a/two.e2e.test.ts", "c/all.sampled.e2e.test.ts", "a/all.sampled.e2e.test.ts"];

  assert.deepEqual(inGoodOrder(files), [
    "a/all.sampled.e2e.test.ts",
    "c/all.sampled.e2e.test.ts",
    "a/two.e2e.test.ts",
    "b/one.e2e.test.ts",
  ]);
});
