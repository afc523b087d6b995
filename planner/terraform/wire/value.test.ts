import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Value } from "./value.ts";
import { hasUnknown, readValue, unknown, writeValue } from "./value.ts";

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** As github.com/zclconf/go-cty writes them. */
const vectors: readonly (readonly [string, string, Value])[] = [
  ["null", "c0", null],
  ["an unknown value", "d4 00 00", unknown],
  ["an unknown value that will not be null", "c7 03 0c 81 01 c2", unknown],
  ["an unknown string with a prefix", "c7 0a 0c 82 01 c2 02 a5 6b 75 62 65 2d", unknown],
  ["true", "c3", true],
  ["a small number", "05", 5],
  ["a negative number", "d1 ff 00", -256],
  ["a number of 64 bits that a float holds", "cf 00 1f ff ff ff ff ff ff", Number.MAX_SAFE_INTEGER],
  ["a number of 64 bits that no float holds", "cf ff ff ff ff ff ff ff ff", 18_446_744_073_709_551_615n],
  ["a fraction", "cb 3f f8 00 00 00 00 00 00", 1.5],
  ["a number that nothing else holds", "a5 31 65 34 30 30", "1e400"],
  ["a text", "a2 6b 31", "k1"],
  ["a list", "92 a1 61 d4 00 00", ["a", unknown]],
  ["a map", "82 a1 61 c2 a1 62 c0", { a: false, b: null }],
];

for (const [name, hex, value] of vectors)
  test(`${name} is read as it was written by others`, () => {
    assert.deepEqual(readValue({ msgpack: bytes(hex) }), value);
  });

test("what is unknown is written without more words", () => {
  assert.deepEqual(writeValue(unknown).msgpack, new Uint8Array(bytes("d4 00 00")));
});

test("a state that was kept as JSON is read", () => {
  assert.deepEqual(readValue({ json: Buffer.from('{"a":[1,"b"]}') }), { a: [1, "b"] });
});

test("nothing is null", () => {
  assert.deepEqual([null, undefined, {}, { msgpack: new Uint8Array(), json: new Uint8Array() }].map(readValue), [
    null,
    null,
    null,
    null,
  ]);
});

const values = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Value>(null, unknown, true, false, 2n ** 63n),
    fc.string({ unit: "binary" }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((each) => !Object.is(each, -0)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        tie("value"),
        { maxKeys: 4 },
      )
      .map((each) => ({ ...each })),
  ),
})).value;

test("whatever is written is read again", () => {
  fc.assert(fc.property(values, (value) => assert.deepEqual(readValue(writeValue(value)), value)));
});

test("what is unknown within is found", () => {
  fc.assert(
    fc.property(values, (value) => {
      assert.equal(hasUnknown({ a: [value, unknown] }), true);
      assert.equal(
        hasUnknown(value),
        JSON.stringify(value, (_, each: unknown) =>
          each === unknown ? "unknown!" : typeof each === "bigint" ? 1 : each,
        )?.includes('"unknown!"') ?? true,
      );
    }),
  );
});
