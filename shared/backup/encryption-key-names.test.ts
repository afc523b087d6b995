// Names of encryption keys in the bytes of a snapshot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encryptionKeyFinder } from "./encryption-key-names.ts";

const long = "k".repeat(253);
const snapshot = Buffer.from(
  [
    "/registry/secrets/default/a k8s:enc:secretbox:v1:key2:\u0000cipher",
    `k8s:enc:aescbc:v1:${long}:cipher`,
    "k8s:enc:kms:v2:kms.one:cipher",
    "k8s:enc:secretbox:v1:key1:cipher k8s:enc:secretbox:v1:key1:cipher",
    `k8s:enc:secretbox:v1:${long}x:too long k8s:enc:x k8s:enc:`,
  ].join("\n"),
  "latin1",
);
const names = ["key1", "key2", "kms.one", long].toSorted();

function namesIn(bytes: Buffer, pieceBytes: number): readonly string[] {
  const finder = encryptionKeyFinder();
  // the same memory each time, as a reader has it
  const piece = Buffer.alloc(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const length = bytes.copy(piece, 0, at, at + pieceBytes);
    finder.take(piece.subarray(0, length));
  }
  return finder.names();
}

test("keys are found wherever a piece ends", () => {
  for (const pieceBytes of [1, 2, 7, 64, 300, 319, 320, 321, 100_000])
    assert.deepEqual(namesIn(snapshot, pieceBytes), names, String(pieceBytes));
});

test("what is not encrypted names none", () => {
  assert.deepEqual(namesIn(Buffer.from("k8s:enc:\n/registry/pods/key1:"), 5), []);
});
