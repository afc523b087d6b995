import assert from "node:assert/strict";
import { test } from "node:test";
import { lineDifference } from "./line-difference.ts";

test("equal texts have no difference", () => {
  assert.deepEqual(lineDifference("a\nb\n", "a\nb\n"), []);
});

test("changed lines are shown with two lines around them", () => {
  const before = "a\nb\nc\nd\ne\nf\ng\n";

  assert.deepEqual(lineDifference(before, before.replace("d", "D")), ["  b", "  c", "- d", "+ D", "  e", "  f"]);
});

test("what lies between two distant changes is left out", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

  assert.deepEqual(lineDifference(before, "0\n2\n3\n4\n5\n6\n7\n8\n0\n"), [
    "- 1",
    "+ 0",
    "  2",
    "  3",
    "…",
    "  7",
    "  8",
    "- 9",
    "+ 0",
  ]);
});

test("a new text is all additions", () => {
  assert.deepEqual(lineDifference("", "a\nb\n"), ["+ a", "+ b"]);
});

test("texts too long to compare are replaced whole", () => {
  const lines = (prefix: string) => Array.from({ length: 2500 }, (_, index) => `${prefix}${index}`).join("\n");

  const difference = lineDifference(lines("a"), lines("b"));

  assert.equal(difference.length, 5000);
  assert.deepEqual([difference[0], difference.at(-1)], ["- a0", "+ b2499"]);
});
