import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCode, isMissingPath } from "./error-code.ts";

const withCode = (code: unknown): Error => Object.assign(new Error("it failed"), { code });

test("the code of an error is Node's word; what has none, or is no error, has no code", () => {
  assert.equal(errorCode(withCode("ENOENT")), "ENOENT");
  for (const error of [new Error("it failed"), withCode(5), { code: "ENOENT" }, "ENOENT", undefined])
    assert.equal(errorCode(error), undefined);
});

test("a path is missing where nothing is there, and behind what is no directory", () => {
  for (const code of ["ENOENT", "ENOTDIR"]) assert.ok(isMissingPath(withCode(code)));
  for (const code of ["EACCES", "ELOOP", undefined]) assert.ok(!isMissingPath(withCode(code)));
});
