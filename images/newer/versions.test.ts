import assert from "node:assert/strict";
import { test } from "node:test";
import { newer, requiredVersion, tableOf } from "./versions.ts";

const pin = (inUse: string) => ({ place: "go.mod", name: "m", inUse });

for (const [inUse, versions, patch, newest] of [
  ["3.6.9", ["v3.6.8", "v3.6.16", "v3.6.10", "v3.7.3", "v3.7.1"], "3.6.16", "3.7.3"],
  ["3.6.16", ["v3.6.16", "v3.6.9"], undefined, undefined],
  ["3.7.3", ["v3.7.3", "v3.8.0-alpha.0", "v3.7.4-rc.1"], undefined, undefined],
  ["3.8.0-beta.0", ["v3.8.0-beta.1", "v3.8.0"], "3.8.0", "3.8.0"],
  ["v1.36.3", ["1.37.2", "1.36.10"], "1.36.10", "1.37.2"],
  ["9.9.9", ["v10.0.0", "v9.10.0"], undefined, "10.0.0"],
  ["2.3.0+incompatible", ["v2.5.0+incompatible", "v2.3.1+incompatible"], "2.3.1+incompatible", "2.5.0+incompatible"],
  ["0.0.0-20250102033503-faa5f7b0171c", ["v0.0.1"], "0.0.1", "0.0.1"],
  ["1.0.0", ["v0.0.0-20250102033503-faa5f7b0171c", "no version", "v2", ""], undefined, undefined],
  ["latest", ["v1.0.0"], undefined, undefined],
  ["1.0.0", [], undefined, undefined],
] as const)
  test(`of ${versions.join(", ") || "nothing"}, newer than ${inUse}: ${newest ?? "none"}`, () => {
    const found = newer(pin(inUse), versions);

    assert.deepEqual([found.patch, found.newest], [patch, newest]);
  });

test("a go.mod names a version in a block, on a line of its own, or not", () => {
  const text = "module m\n\nrequire one.example/a v1.2.3\n\nrequire (\n\tone.example/a/v2 v2.0.1 // indirect\n)\n";

  assert.equal(requiredVersion(text, "one.example/a"), "1.2.3");
  assert.equal(requiredVersion(text, "one.example/a/v2"), "2.0.1");
  assert.equal(requiredVersion(text, "one.example"), undefined);
  assert.equal(requiredVersion("replace one.example/b => one.example/b v1.0.0\n", "one.example/b"), undefined);
});

test("the table has a row for each pin, in columns", () => {
  assert.equal(
    tableOf([
      newer({ place: "a/go.mod", name: "module", inUse: "1.0.0" }, ["1.0.1", "2.0.0"]),
      newer(pin("1.0.0"), []),
    ]),
    `pinned in  name    in use  newest patch  newest
a/go.mod   module  1.0.0   1.0.1         2.0.0
go.mod     m       1.0.0   -             -
`,
  );
});
