import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDocument } from "yaml";
import type { Document } from "yaml";
import { composeDocument } from "./compose-document.ts";

/** Lines from which documents are made that are sometimes right: maps, lists, anchors, comments, text in every style, several documents. */
const lines = [
  "a: 1",
  "b: [x, 'y', \"z\\n\"]",
  "  c: { d: e, f: }",
  "- one",
  "  - two: 2",
  "g: &anchor {h: 1}",
  "i: *anchor",
  "j: |",
  "  text: not a key",
  "k: >-",
  "    folded",
  "# comment",
  "l: # nothing",
  "",
  "---",
  "...",
  "%YAML 1.1",
  "'unfinished",
  "\t- tab",
  "m: !!str 5",
  "? key",
  ": value",
];

const texts = fc.array(fc.constantFrom(...lines), { maxLength: 12 }).map((chosen) => chosen.join("\n"));

function said({ errors, warnings }: Document): unknown {
  return [...errors, ...warnings].map(({ code, pos }) => ({ code, pos }));
}

/** What it holds, or why that cannot be told, as with an alias of nothing. */
function dataOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error;
  }
}

test("a text that is not too much is the library's own document, with its errors and warnings at their places", () => {
  fc.assert(
    fc.property(texts, fc.constantFrom("", "\n"), (body, end) => {
      const text = body + end;
      const composed = composeDocument(text, text);
      assert.ok("document" in composed);
      const ours = composed.document;
      const theirs = parseDocument(text, {
        version: "1.2",
        schema: "core",
        prettyErrors: false,
        stringKeys: true,
        uniqueKeys: false,
      });

      assert.deepEqual(said(ours), said(theirs));
      if (theirs.errors.length === 0) assert.deepEqual(dataOf(ours), dataOf(theirs));
    }),
    { numRuns: 1000 },
  );
});

test("a text that is longer than what is kept is composed alike", () => {
  const text = `${Array.from({ length: 9000 }, (_, index) => `key-${index}: [1, two, { three: 3 }]`).join("\n")}\n`;

  const composed = composeDocument(text, text);

  assert.ok(text.length > 256 * 1024 && "document" in composed);
  assert.deepEqual(composed.document.toJS(), parseDocument(text, { uniqueKeys: false }).toJS());
});
