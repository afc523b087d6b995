// Fields of a Kubernetes document.
import assert from "node:assert/strict";
import { test } from "node:test";
import { numberIn, textIn } from "./document-fields.ts";

test("a field of another type counts as not there", () => {
  const document = { port: 1, text: "t", empty: "", wrong: true };

  assert.deepEqual(
    ["port", "text", "none"].map((key) => numberIn(document, key)),
    [1, undefined, undefined],
  );
  assert.deepEqual(
    ["text", "empty", "wrong"].map((key) => textIn(document, key)),
    ["t", undefined, undefined],
  );
});
