// Messages of protocol buffers, whole and broken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesIn, protobufFields } from "./protobuf.ts";

const text = (value: string): Buffer => Buffer.from(value);

test("numbers, texts and messages are read in their order, and fields of a fixed width are passed over", () => {
  const message = Buffer.from([
    0x08, 0xac, 0x02, 0x12, 2, 0x68, 0x69, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x12, 1, 0x6f,
  ]);

  const fields = protobufFields(message) ?? [];

  assert.deepEqual(fields, [
    { number: 1, value: 300 },
    { number: 2, value: text("hi") },
    { number: 2, value: text("o") },
  ]);
  assert.deepEqual([bytesIn(fields, 2), bytesIn(fields, 1), bytesIn(fields, 9)], [text("o"), undefined, undefined]);
  assert.deepEqual(protobufFields(Buffer.alloc(0)), []);
  assert.deepEqual(protobufFields(Buffer.from([0x0a, 0])), [{ number: 1, value: Buffer.alloc(0) }]);
});

test("what ends too early, has no such type or a number without end is no message", () => {
  for (const bytes of [
    [0x08],
    [0x12, 5, 1],
    [0x12],
    [0x19, 1],
    [0x0b, 1],
    [0x08, ...Array.from({ length: 11 }, () => 0xff)],
  ])
    assert.equal(protobufFields(Buffer.from(bytes)), undefined, bytes.join(" "));
});
