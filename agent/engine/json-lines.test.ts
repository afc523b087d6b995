// Documents of a stream, one a line.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { jsonLines } from "./json-lines.ts";

test("documents are found whatever pieces they arrive in", async () => {
  const text = Buffer.from('{"a":"ä"}\r\n\n{"b":2}\n{"c":3}');
  const pieces = [...text].map((byte) => Buffer.from([byte]));
  let chunks = 0;

  const documents: readonly unknown[] = await Readable.from(
    jsonLines(Readable.from(pieces), () => (chunks += 1)),
  ).toArray();

  assert.deepEqual(documents, [{ a: "ä" }, { b: 2 }, { c: 3 }]);
  assert.equal(chunks, text.length);
});
