// How `plan` ends: one code, the one that a person has to act on first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildStep } from "#agent/testing/build-step.ts";
import { codeOf } from "./plan.ts";

const blocked = [{ component: "web", container: "web", code: "rejected" as const, reason: "it did not work" }];
const problems = [{ path: "", problem: "the file ends in the middle" }];
const steps = [buildStep()];

test("an unusable config comes before what is blocked, that before changes, and only then all is well", () => {
  assert.equal(codeOf({ steps: [], blocked: [] }, []), 0);
  assert.equal(codeOf({ steps, blocked: [] }, []), 2);
  assert.equal(codeOf({ steps, blocked }, []), 70);
  assert.equal(codeOf({ steps, blocked }, problems), 65);
  assert.equal(codeOf({ steps: [], blocked: [] }, problems), 65);
});
