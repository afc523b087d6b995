import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonical, canonicalPieces, contentDigest } from "./canonical.ts";
import { longText } from "./text-pieces.ts";

/** The same by way of a sorted copy: what released hashes were made with. */
function byCopy(value: unknown): string {
  return JSON.stringify(compact(value)) ?? "null";
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => compact(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, compact(item)] as const)
    .filter(([, item]) => !isUnset(item))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function isUnset(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

const key = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom("0", "1", "9", "10", "01", "-1", "1.5", "4294967294", "4294967295", "4294967296", "__proto__", "é"),
);
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.string({ maxLength: 6 }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0),
    fc.array(tie("data"), { maxLength: 3 }),
    fc.dictionary(key, tie("data"), { maxKeys: 5 }),
  ),
}));

test("it is the JSON of a copy with sorted keys and without unset fields", () => {
  fc.assert(
    fc.property(data, (value) => {
      assert.equal(canonical(value), byCopy(value));
    }),
    { numRuns: 2000 },
  );
});

test("unset fields say nothing, and order says nothing", () => {
  assert.equal(canonical({ b: 1, a: { c: undefined, d: [], e: {} } }), '{"b":1}');
  assert.equal(canonical({ a: 1, b: 2 }), canonical({ b: 2, a: 1 }));
  assert.equal(canonical([undefined, [], {}]), "[null,[],{}]");
  assert.equal(canonical(undefined), "null");
});

test("a long text is a piece of its own, made once, and the digest of the pieces is that of the whole", () => {
  const nodes = 'h1 "x"\n'.repeat(longText);
  const piecesOf = (host: string): readonly string[] => canonicalPieces({ host, nodes, b: [{ a: 1 }, nodes] });

  const [pieces, others] = [piecesOf("h1"), piecesOf("h2")];

  assert.deepEqual(
    pieces.map((piece) => piece.length < longText),
    [true, false, true, false, true],
  );
  assert.equal(pieces.join(""), byCopy({ host: "h1", nodes, b: [{ a: 1 }, nodes] }));
  assert.ok(pieces[1] === others[1] && pieces[1] === pieces[3]);
  assert.equal(contentDigest(pieces, "key"), contentDigest(pieces.join(""), "key"));
});
