import assert from "node:assert/strict";
import { test } from "node:test";
import { someOf } from "./some-of.ts";

test("names beyond the limit are counted, and a single one is named", () => {
  assert.equal(someOf([], 2), "");
  assert.equal(someOf(["a", "b"], 2), "a, b");
  assert.equal(someOf(["a", "b", "c"], 2), "a, b, c");
  assert.equal(someOf(["a", "b", "c", "d"], 2), "a, b and 2 more");
});
