import assert from "node:assert/strict";
import { test } from "node:test";
import { inGoodOrder } from "./test-order.ts";

test("files with a long table come first, then those with more text, then by path", () => {
  const sizes = new Map([
    ["b/one.e2e.test.ts", 20],
    ["a/two.e2e.test.ts", 10],
    ["a/three.e2e.test.ts", 10],
    ["c/all.sampled.e2e.test.ts", 5],
    ["a/all.sampled.e2e.test.ts", 4],
  ]);

  assert.deepEqual(
    inGoodOrder([...sizes.keys()].toSorted(), (file) => sizes.get(file) ?? 0),
    [
      "c/all.sampled.e2e.test.ts",
      "a/all.sampled.e2e.test.ts",
      "b/one.e2e.test.ts",
      "a/three.e2e.test.ts",
      "a/two.e2e.test.ts",
    ],
  );
});
