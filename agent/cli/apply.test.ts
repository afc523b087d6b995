// How `apply` ends: a word and an exit code for each result of its tick.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endOf } from "./apply.ts";

const blocked = [
  { component: "web", container: "web", code: "rejected" as const, reason: "the new configuration did not work" },
];
const problems = [{ path: "containers", problem: "unknown key" }];

test("apply ends with 0 when all is as asked, and with 70 or 65 when it is not", () => {
  assert.deepEqual(endOf({ result: "settled", blocked: [], problems: [] }), { word: "nothing to do", exitCode: 0 });
  assert.deepEqual(endOf({ result: "changed", blocked: [], problems: [] }), { word: "changed", exitCode: 0 });
  assert.deepEqual(endOf({ result: "failed", blocked: [], problems: [] }), { word: "failed", exitCode: 70 });
  assert.deepEqual(endOf({ result: "config-invalid", blocked: [], problems }), {
    word: "config-invalid",
    exitCode: 65,
  });
});

test("a change that was taken back ends with 70, though the last plan of the tick went well", () => {
  assert.deepEqual(endOf({ result: "changed", blocked, problems: [] }), { word: "failed", exitCode: 70 });
});
