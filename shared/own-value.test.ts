import assert from "node:assert/strict";
import { test } from "node:test";
import { ownValue } from "./own-value.ts";

test("a record has what it says, and nothing of what every object has", () => {
  const record: Readonly<Record<string, number>> = { one: 1, ["__proto__"]: 2 };

  assert.equal(ownValue(record, "one"), 1);
  assert.equal(ownValue(record, "__proto__"), 2);
  for (const name of ["constructor", "toString", "hasOwnProperty", "valueOf", "two"])
    assert.equal(ownValue(record, name), undefined, name);
  assert.equal(ownValue({}, "__proto__"), undefined);
  assert.equal(ownValue(undefined, "one"), undefined);
});
