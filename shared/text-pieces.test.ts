import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinedPieces, longText } from "./text-pieces.ts";

const part = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("", "x".repeat(longText), "y".repeat(longText - 1)));

test("pieces are the whole when they are put together, with an end behind each part", () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.constantFrom("", "\n"), (parts, end) => {
      assert.equal(joinedPieces(parts, end).join(""), parts.map((each) => `${each}${end}`).join(""));
    }),
  );
});

test("short parts become one piece, and each long one is the same piece as before", () => {
  const long = "x".repeat(longText);

  assert.deepEqual(joinedPieces(["a", "b", long, "c", "d"], "\n"), ["a\nb\n", long, "\nc\nd\n"]);
});
