import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { deliveryOf, withMark, withoutMark } from "./delivery-mark.ts";

const about = { cluster: "demo", host: "h1", generation: 6 };
const document = "apiVersion: flexkube/v1alpha1\nkind: Host\n";
const text = withMark(document, about);

test("the mark is a comment that says whose the file is, and its length and digest are right", () => {
  const [first = ""] = text.split("\n");

  assert.match(first, /^# Host h1 of cluster demo, generation 6\. .* [0-9]+ bytes, sha256 [0-9a-f]{64}$/);
  assert.ok(first.includes(` ${Buffer.byteLength(text)} bytes`));
  assert.equal(deliveryOf(text).by, "planner");
  assert.equal(text.slice(first.length + 1), document);
});

test("the length is right for every number of digits", () => {
  for (let length = 0; length < 1200; length++) {
    const marked = withMark("ä".repeat(length), about);
    assert.equal(deliveryOf(marked).by, "planner", String(length));
  }
});

test("a file that was cut says where it ends", () => {
  const long = withMark("#x\n".repeat(14_000), about);

  assert.deepEqual(deliveryOf(long.slice(0, 3000)), {
    by: "broken",
    problem: `the file ends after 3,000 of ${long.length.toLocaleString("en-US")} bytes`,
    hint: "copy it again",
  });
});

test("whatever is done to a file of the planner's, it is broken, or the same document", () => {
  const bytes = Buffer.from(text);
  const flipped = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ bits;
    return copy.toString("utf8");
  });
  const inserted = fc
    .tuple(fc.nat(text.length), fc.string({ minLength: 1, maxLength: 3 }))
    .map(([at, more]) => text.slice(0, at) + more + text.slice(at));
  const removed = fc
    .tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 20 }))
    .map(([at, count]) => text.slice(0, at) + text.slice(at + count));

  fc.assert(
    fc.property(fc.oneof(flipped, inserted, removed), (changed) => {
      const { by } = deliveryOf(changed);
      return by === "broken" || (by === "hand" && !changed.includes(document)) || isOnlyAbout(changed);
    }),
    { numRuns: 2000 },
  );
});

/** Nothing but the first line is another. */
function isOnlyAbout(changed: string): boolean {
  return changed.endsWith(`\n${document}`);
}

for (const [what, changed, told] of [
  ["line ends of Windows", text.replaceAll("\n", "\r\n"), /line ends/],
  ["every line indented", text.replaceAll(/^/gm, "  "), /was indented/],
  ["a byte order mark", `\uFEFF${text}`, /byte order mark/],
  ["something appended", `${text}\n`, /: 1 more than the [0-9]+ bytes/],
  ["two in one", text + text, / more than the /],
  ["an older copy's tail", text.replace("kind: Host", "kind: Hosu"), /was changed after it was made/],
] as const)
  test(`refused with a word for it: ${what}`, () => {
    const delivery = deliveryOf(changed);

    assert.equal(delivery.by, "broken");
    assert.match(delivery.problem, told);
  });

test("a file without a mark is a person's, or an older planner's", () => {
  const line = "# Host h1 of cluster demo, generation 6. Made by flexkube-planner split; changes here are lost.\n";

  assert.equal(deliveryOf(document).by, "hand");
  assert.equal(deliveryOf(`# mine\n${document}`).by, "hand");
  assert.equal(deliveryOf(`${line}${document}`).by, "older-planner");
  assert.equal(deliveryOf("containers: { web: { image: web@sha256:00 } }").by, "hand");
});

const [mark = "", ...rest] = text.split("\n");
const half = "apiVersion: flexkube/v1alpha1\n";

for (const [what, changed] of [
  ["comments", `# copied by a tool\n# do not edit\n# at all\n${mark}\n${half}`],
  ["long comments", `${"# a line of a licence\n".repeat(100)}${mark}\n${half}`],
  ["empty lines", `\n\n\n${mark}\n${half}`],
  ["a directive of YAML", `%YAML 1.2\n---\n${mark}\n${half}`],
  ["the document, as its last line", `${rest.join("\n")}${mark}\n`],
  ["a part of the document", `${half}${mark}\nkind: Host\n`],
] as const)
  test(`a mark that stands below ${what} is still the planner's`, () => {
    const delivery = deliveryOf(changed);

    assert.equal(delivery.by, "broken");
    assert.match(delivery.problem, /first line now stands at line [0-9]+$/);
    assert.equal(deliveryOf(withoutMark(changed)).by, "hand");
  });

test("a mark of which any end or beginning is left is damaged, and not one of a person", () => {
  const told = "# Host h1 of cluster demo, generation 6";
  for (let length = told.length; length < mark.length; length++)
    assert.equal(deliveryOf(`${mark.slice(0, length)}\n${half}`).by, "broken", String(length));
  for (let from = 1; from <= mark.indexOf(" bytes, sha256 "); from++)
    assert.equal(deliveryOf(`${mark.slice(from)}\n${half}`).by, "broken", String(from));
  assert.equal(deliveryOf(`${mark.toUpperCase()}\n${half}`).by, "broken");
});

test("a mark within a value is no mark", () => {
  const nested = text.replaceAll(/^/gm, "      ");

  assert.equal(deliveryOf(`kind: Host\ncontent: |\n${nested}`).by, "hand");
  assert.equal(deliveryOf(`# Host h1 of cluster demo, by hand\n${document}`).by, "hand");
});
