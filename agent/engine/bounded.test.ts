import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { bounded } from "./bounded.ts";

test("a stream is read whole unless told otherwise", async () => {
  const all = await bounded(Readable.from([Buffer.from("ab"), Buffer.from("cd")]));

  assert.equal(Buffer.from(all).toString(), "abcd");
});

test("no more than the bound is given, and the stream is closed", async () => {
  const stream = Readable.from([Buffer.from("ab"), Buffer.from("cd"), Buffer.from("ef")]);

  const part = await bounded(stream, 3);

  assert.equal(Buffer.from(part).toString(), "abc");
  assert.equal(stream.destroyed, true);
});
