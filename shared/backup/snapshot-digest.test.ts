// Whether a snapshot is whole, piece by piece.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { snapshotDigester } from "./snapshot-digest.ts";

const content = Buffer.alloc(1024, "page");
const snapshot = Buffer.concat([content, createHash("sha256").update(content).digest()]);

function digestOf(bytes: Buffer, { pieceBytes = 512, size = bytes.length } = {}) {
  const digester = snapshotDigester(size);
  for (let at = 0; at < bytes.length; at += pieceBytes) digester.take(bytes.subarray(at, at + pieceBytes));
  return digester.digest();
}

test("a snapshot is whole wherever its pieces end, and its digest is that of all its bytes", () => {
  const sha256 = createHash("sha256").update(snapshot).digest("hex");
  for (const pieceBytes of [1, 31, 32, 33, 512, 1024, 1025, 4096])
    assert.deepEqual(digestOf(snapshot, { pieceBytes }), { bytes: 1056, sha256, isWhole: true }, String(pieceBytes));
});

test("a flipped bit, a cut, something behind it, and a file that grew or shrank meanwhile are told", () => {
  const flipped = Buffer.from(snapshot);
  flipped.writeUInt8(flipped.readUInt8(7) ^ 1, 7);
  for (const bytes of [flipped, snapshot.subarray(0, 1024), snapshot.subarray(0, -512), snapshot.subarray(0, 20)])
    assert.equal(digestOf(bytes).isWhole, false);
  assert.equal(digestOf(Buffer.concat([snapshot, content.subarray(0, 512)])).isWhole, false);
  assert.equal(digestOf(Buffer.alloc(0)).isWhole, false);
  for (const size of [0, 10, 544, 1055, 1057, 2080])
    for (const pieceBytes of [7, 512, 4096])
      assert.equal(digestOf(snapshot, { size, pieceBytes }).isWhole, false, `${size} ${pieceBytes}`);
});
