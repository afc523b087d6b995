import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOfBadByte } from "./text-of-bytes.ts";

test("the place of a byte that is no UTF-8 is its line and its character there", () => {
  const bytes = (...parts: readonly (string | number)[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));

  for (const [given, line, column] of [
    [bytes(0xe4), 1, 1],
    [bytes("a: 1\nb: m", 0xfc, "ller\n"), 2, 5],
    [bytes("a: \u{1F600}ü\uFFFD", 0x80), 1, 7],
    [bytes("a\r\n\n\nb: ", 0xc3, "\n"), 4, 4],
    [bytes("\uFEFFa", 0xff), 1, 3],
    [bytes("a: ", 0xed, 0xa0, 0x80), 1, 4],
    [bytes("a: ü", 0xe2, 0x82), 1, 5],
  ] as const)
    assert.deepEqual(placeOfBadByte(given), { line, column }, given.toString("hex"));
});
