import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFrames } from "./frames.ts";
import type { OutputPiece } from "./frames.ts";

function frame({ stream, bytes }: OutputPiece): Buffer {
  const header = Buffer.from([stream === "stderr" ? 2 : 1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** Neighbours of one stream together. */
function joined(pieces: readonly OutputPiece[]): readonly (readonly [string, string])[] {
  const all: [string, string][] = [];
  for (const { stream, bytes } of pieces) {
    const hex = Buffer.from(bytes).toString("hex");
    const last = all.at(-1);
    if (last?.[0] === stream) last[1] += hex;
    else if (hex !== "") all.push([stream, hex]);
  }
  return all;
}

function read(answer: Buffer, cuts: readonly number[]): readonly OutputPiece[] {
  const frames = createFrames();
  const ends = [...new Set([...cuts.map((cut) => cut % (answer.length + 1)), answer.length])].toSorted((a, b) => a - b);
  let from = 0;
  const pieces = ends.flatMap((end) => {
    const chunk = answer.subarray(from, end);
    from = end;
    return frames.push(chunk);
  });
  return [...pieces, ...frames.end()];
}

const anyPieces = fc.array(
  fc.record({ stream: fc.constantFrom("stdout" as const, "stderr" as const), bytes: fc.uint8Array({ maxLength: 40 }) }),
  { maxLength: 8 },
);
const anyCuts = fc.array(fc.nat({ max: 400 }), { maxLength: 20 });

test("wherever an answer is cut into chunks, each stream has its bytes in their order", () => {
  fc.assert(
    fc.property(anyPieces, anyCuts, (pieces, cuts) => {
      assert.deepEqual(joined(read(Buffer.concat(pieces.map(frame)), cuts)), joined(pieces));
    }),
  );
});

test("an answer without frames is output as it is, also a short one", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), anyCuts, (text, cuts) => {
      const answer = Buffer.from(`>${text}`);
      assert.deepEqual(joined(read(answer, cuts)), [["stdout", answer.toString("hex")]]);
    }),
  );
});

test("a frame's bytes are there before the frame is whole", () => {
  const answer = frame({ stream: "stderr", bytes: Buffer.from("half a line") });

  assert.deepEqual(joined(createFrames().push(answer.subarray(0, 12))), [
    ["stderr", Buffer.from("half").toString("hex")],
  ]);
});
