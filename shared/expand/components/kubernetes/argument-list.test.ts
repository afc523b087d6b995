// Flags as arguments.
import assert from "node:assert/strict";
import { test } from "node:test";
import { argumentList } from "./argument-list.ts";

test("flags are sorted by name, a list gives a flag several times, and the config's word wins", () => {
  const mechanism = { "tls-cert-file": "/a", "bind-address": "0.0.0.0" };

  const list = argumentList(mechanism, { v: "2", "bind-address": "::", "api-audiences": ["b", "a"], none: [] });

  assert.deepEqual(list, [
    "--api-audiences=b",
    "--api-audiences=a",
    "--bind-address=::",
    "--tls-cert-file=/a",
    "--v=2",
  ]);
});
