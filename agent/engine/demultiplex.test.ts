// Frames of a log answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { demultiplex } from "./demultiplex.ts";

function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

test("frames of output and errors become one text in their order", () => {
  assert.equal(
    demultiplex(Buffer.concat([frame(1, "one\n"), frame(2, "zwei ä\n"), frame(1, "three\n")])),
    "one\nzwei ä\nthree\n",
  );
});

test("a character that two frames share stays whole", () => {
  const [first = 0, second = 0] = Buffer.from("ä");
  const half = (byte: number) => Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 1]), Buffer.from([byte])]);

  assert.equal(demultiplex(Buffer.concat([half(first), half(second)])), "ä");
});

test("an answer without frames, or with one cut off, is text too", () => {
  assert.equal(demultiplex(Buffer.from('{"plain":"json"}\n')), '{"plain":"json"}\n');
  assert.equal(demultiplex(Buffer.alloc(0)), "");
  assert.equal(demultiplex(frame(1, "cut off").subarray(0, 11)), "cut");
});
