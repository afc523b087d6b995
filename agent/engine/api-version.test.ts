// Which version is spoken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiVersionFor } from "./api-version.ts";

test("the highest version that both know is spoken", () => {
  assert.equal(apiVersionFor({ ApiVersion: "1.41", MinAPIVersion: "1.12" }), "1.41");
  assert.equal(apiVersionFor({ ApiVersion: "1.51", MinAPIVersion: "1.24" }), "1.51");
  assert.equal(apiVersionFor({ ApiVersion: "1.52", MinAPIVersion: "1.44" }), "1.51");
});

test("engines beyond either end are refused", () => {
  assert.throws(() => apiVersionFor({ ApiVersion: "1.40", MinAPIVersion: "1.12" }), { code: "ENGINE_UNSUPPORTED" });
  assert.throws(() => apiVersionFor({ ApiVersion: "1.60", MinAPIVersion: "1.52" }), { code: "ENGINE_UNSUPPORTED" });
});
