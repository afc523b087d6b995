import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configTextId, isProof, proofOf, reportKey } from "./report-proof.ts";

test("a report is proven by the text and the hash-key that it was made with, and by no others", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 2 }),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (pair, report) => {
        const [text = "", other = ""] = pair;
        const key = reportKey(text, "hash-key");
        const proof = proofOf(report, key);
        const written: object = { ...(JSON.parse(JSON.stringify(report)) as object), proof };
        assert.ok(isProof(proof, written, key));
        for (const wrong of [reportKey(other, "hash-key"), reportKey(text, "another"), configTextId(text, "hash-key")])
          assert.ok(!isProof(proof, written, wrong));
        assert.ok(!isProof(proof, { ...report, more: 1 }, key) || "more" in report);
      },
    ),
  );
});

test("what is no proof at all proves nothing", () => {
  for (const proof of ["", "é".repeat(32), "0".repeat(64), `${proofOf({ a: 1 }, "key")} `])
    assert.equal(isProof(proof, { a: 1 }, "key"), false, proof);
});

test("what a report calls its host config is not the key that proves it", () => {
  assert.notEqual(configTextId("text", "hash-key"), reportKey("text", "hash-key"));
});
