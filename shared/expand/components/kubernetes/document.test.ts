// Documents of Kubernetes programs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { documentText, withAdded } from "./document.ts";

test("a document is written with sorted keys, and what is empty or false stays", () => {
  const text = documentText({ kind: "K", b: [{ z: 1, a: {} }, []], a: { y: null, x: false } });

  assert.equal(
    text,
    `{
  "a": {
    "x": false,
    "y": null
  },
  "b": [
    {
      "a": {},
      "z": 1
    },
    []
  ],
  "kind": "K"
}
`,
  );
});

test("what is added is merged into maps and replaces anything else", () => {
  const document = { kept: 1, map: { kept: 2, replaced: 3 }, list: [1, 2], text: "old" };

  const merged = withAdded(document, { map: { replaced: 4, added: 5 }, list: [3], text: { now: "a map" } });

  assert.deepEqual(merged, {
    kept: 1,
    map: { kept: 2, replaced: 4, added: 5 },
    list: [3],
    text: { now: "a map" },
  });
  assert.deepEqual(document.map, { kept: 2, replaced: 3 });
});
