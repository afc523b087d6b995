import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { longText } from "#shared/text-pieces.ts";
import { yamlPieces, yamlText } from "./yaml-text.ts";

/** What documents of ours have always looked like. */
function byLibrary(value: object): string {
  return stringify(value, { lineWidth: 0, version: "1.2", compat: "yaml-1.1", aliasDuplicateObjects: false });
}

const odd = [
  ..."y N yes No ON off true False null ~ NaN .nan .inf 0x1f 0o17 1_000 1e3 e3 E-0 1:30 12:30:45 2026-11-24 10.1 10.1.2.3 10.0.0.0/8".split(
    " ",
  ),
  ..."<< = ! & * - -- --- ... ? : # @ ` % | > [] {} a: a:b #a a#b -a ?a /a a/ a. A_b".split(" "),
  ..."1.1.1 0.0.0.0.0 256.1.1.1/33 true/x null-x on.off fd00::1 fd00::/64 127.0.0.1:80".split(" "),
  "",
  " a",
  "a ",
  "a b",
  "a: b",
  "a #b",
  "line\n",
  "two\nlines",
  "two\nlines\n",
  "end\n\n",
  "\nstart",
  "  indented\nthen not\n",
  "blank\n\nin the middle\n",
  "tab\there",
  "- a\nb: c\n",
  "--- \n",
  "---\n...\n",
  "# a\n%b\n",
  "a \nb\n",
  "a\n b\n",
  "a\n\tb\n",
  "a\r\nb\n",
  "ä\nb\n",
  "-----BEGIN CERTIFICATE-----\nMIIB+/==\n-----END CERTIFICATE-----\n",
  "\n",
  "quote \" and '",
  "ä€😀",
  "\u0000\u0007",
  "x".repeat(200),
  "x".repeat(2000),
];

const text = fc.oneof(
  fc.constantFrom(...odd),
  fc.string({ maxLength: 12 }),
  fc.stringMatching(/^[a-zA-Z0-9./:_-]{0,12}$/),
);
const key = fc.oneof(text, fc.stringMatching(/^[a-z]{1,6}$/)).filter((name) => name !== "__proto__");
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("data"), { maxLength: 3 }),
    fc.dictionary(key, tie("data"), { maxKeys: 3 }),
  ),
}));

test("it writes what the library writes, byte for byte", () => {
  fc.assert(
    fc.property(fc.dictionary(key, data, { maxKeys: 4 }), (document) => {
      assert.equal(yamlText(document), byLibrary(document));
    }),
    { numRuns: 1500 },
  );
});

test("each odd text as key, as value, in a list and deep inside is read as it was", () => {
  for (const each of odd) {
    const document = { [each]: each, list: [each, [each], { [each]: [each] }], deep: { deeper: { deepest: each } } };

    assert.equal(yamlText(document), byLibrary(document), JSON.stringify(each));
    assert.deepEqual(parse(yamlText(document)), document, JSON.stringify(each));
  }
});

test("fields that are undefined are left out, and empty things stay in their line", () => {
  assert.equal(
    yamlText({ a: undefined, b: {}, c: [], d: { e: undefined }, f: [{}, { g: undefined }], h: null }),
    "b: {}\nc: []\nd: {}\nf:\n  - {}\n  - {}\nh: null\n",
  );
  assert.equal(yamlText({}), "{}\n");
});

test("a text of blanks and line ends keeps all of them", () => {
  for (const each of [" \n", "\n ", "\n \n", "  \n\t\n", "\t\n \n"]) {
    const document = { a: each, b: [each], c: { d: each }, [each]: { [each]: each } };

    assert.deepEqual(parse(yamlText(document)), document, JSON.stringify(each));
  }
});

test("a certificate and a table of lines are written as the library writes them", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^(?:[ -~]{0,6}\n){1,4}$/), (value) => {
      fc.pre(!/^\s*$/.test(value));
      const document = { a: value, b: { c: value } };
      assert.equal(yamlText(document), byLibrary(document));
      assert.deepEqual(parse(yamlText(document)), document);
    }),
    { numRuns: 500 },
  );
});

test("a table that hosts share is one piece of their documents", () => {
  const nodes = "h1 10.0.0.1 10.1.0.0/24\n".repeat(1000);
  const document = (host: string) => ({ host, podNetwork: { nodes, image: "a:1" }, interval: "5s" });

  const [first, second] = [yamlPieces(document("h1")), yamlPieces(document("h2"))];

  assert.equal(first.join(""), byLibrary(document("h1")));
  assert.deepEqual([first.length, first[1] === second[1]], [3, true]);
  assert.ok((first[1]?.length ?? 0) > longText);
});

test("what was written once is written the same again, wherever it stands", () => {
  for (const value of ["5s", "haproxy:3.2", "3", "- a", "a\n"])
    for (const document of [{ a: value }, { b: { a: value } }, { a: [value] }, { b: [[value]] }, { b: [{ a: value }] }])
      for (const round of [1, 2])
        assert.equal(yamlText(document), byLibrary(document), `${JSON.stringify(value)} ${round}`);
});
