// What a person reads of a connection that came to nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { networkWords, strangeCertificate } from "./network-words.ts";

const failed = (code: string): Error => Object.assign(new Error(`connect ${code} 10.0.0.1:6443`), { code });

test("what the network says is told in words, with its code", () => {
  assert.equal(networkWords(failed("ECONNREFUSED")), "nothing listens there (ECONNREFUSED)");
  assert.equal(networkWords(failed("ENOTFOUND")), "there is no such name (ENOTFOUND)");
});

test("what the network has no part in is left to others", () => {
  assert.deepEqual([failed("CERT_HAS_EXPIRED"), failed("constructor"), new Error("x"), undefined].map(networkWords), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a certificate of an unknown CA is told by who is believed, and not by options of Node", () => {
  const error = Object.assign(new Error("try running Node.js with --use-system-ca"), {
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });

  assert.equal(
    strangeCertificate(error, "this cluster has"),
    "its certificate is of no CA that this cluster has (DEPTH_ZERO_SELF_SIGNED_CERT)",
  );
  assert.equal(strangeCertificate(failed("ECONNREFUSED"), "this cluster has"), undefined);
});
