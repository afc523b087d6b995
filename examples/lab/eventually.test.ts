// Waiting: what ends it, and what is said when nothing does.
import { equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./eventually.ts";

test("what the check gives is given, once it neither throws nor gives false", async () => {
  const answers = [() => false as const, () => Promise.reject(new Error("not yet")), () => 0];

  const found = await eventually(() => answers.shift()?.() ?? 1, { what: "zero", everyMs: 1 });

  equal(found, 0);
});

test("after the deadline the error names what was waited for and why it was not there", async () => {
  const waiting = eventually(() => Promise.reject(new Error("connection refused")), {
    what: "the page",
    deadlineMs: 5,
    everyMs: 1,
  });

  await rejects(waiting, /eventually: the page: not within 5 ms: .*connection refused/);
});
