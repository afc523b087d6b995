// Errors of clients and sockets as ours.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as errors from "./errors.ts";

test("socket errors are ENGINE_UNREACHABLE with a reason a person can use", () => {
  for (const [code, hint] of [
    ["ECONNREFUSED", /is the engine running/],
    ["ENOENT", /socket mounted/],
    ["EACCES", /no permission/],
    ["EPIPE", /closed/],
  ] as const) {
    const error = errors.engineErrorOf(Object.assign(new Error("connect"), { code }), "list");
    assert.equal(error.code, "ENGINE_UNREACHABLE");
    assert.match(JSON.stringify(error.details), hint);
  }
  assert.equal(errors.engineErrorOf(new Error("socket hang up"), "list").code, "ENGINE_UNREACHABLE");
});

test("answers become errors by their status", () => {
  const answer = (statusCode: number) =>
    Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - full `), { statusCode });

  assert.equal(errors.engineErrorOf(answer(404), "start").code, "ENGINE_NOT_FOUND");
  assert.equal(errors.engineErrorOf(answer(409), "start").code, "ENGINE_CONFLICT");
  const refused = errors.engineErrorOf(answer(500), "start");
  assert.equal(refused.code, "ENGINE_REFUSED");
  assert.deepEqual(refused.details, { call: "start", status: 500, reason: "full" });
});

test("our own errors pass as they are, and a bug is not taken for an absent engine", () => {
  const ours = errors.engineTimeout("list", 5);

  assert.equal(errors.engineErrorOf(ours, "list"), ours);
  assert.equal(errors.engineErrorOf(new TypeError("x is not a function"), "list").code, "INTERNAL_BUG");
});
