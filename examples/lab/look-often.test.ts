import assert from "node:assert/strict";
import { test } from "node:test";
import { lookOften } from "./look-often.ts";

test("agents of a config without a word about them look often", () => {
  assert.equal(
    lookOften("name: a\nhosts:\n  h1: {}\n"),
    "name: a\nagent: { interval: 5s, jitter: 500ms }\nhosts:\n  h1: {}\n",
  );
});

test("what it cannot be said in is an error", () => {
  for (const text of ["name: a\nagent: {}\nhosts:\n", "name: a\n"]) assert.throws(() => lookOften(text), /no place/);
});
