import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printStep } from "#shared/reconcile/print.ts";
import type { Step } from "#shared/state/step.ts";
import { pendingOf } from "./pending-steps.ts";

function start(subject: string): Step {
  return {
    kind: "removeHelper",
    component: subject,
    subject,
    cause: "a test",
    arguments: { id: subject, name: subject },
  };
}

test("what is done is not to be done, in the order of the plan; when all is done nothing is told", () => {
  const steps = ["a", "b", "b", "c"].map(start);

  assert.deepEqual(pendingOf(steps, []), { count: 4, first: steps.map(printStep) });
  assert.deepEqual(pendingOf(steps, [start("b"), start("a")]), {
    count: 2,
    first: [start("b"), start("c")].map(printStep),
  });
  assert.equal(pendingOf(steps, steps), undefined);
  assert.equal(pendingOf([], []), undefined);
});

test("any part of a plan that is done leaves the rest, of which twenty are told", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.boolean()), { maxLength: 40 }), (marked) => {
      const steps = marked.map(([subject]) => start(subject));
      const done = steps.filter((_, index) => marked[index]?.[1] === true);
      const pending = pendingOf(steps, done);

      assert.equal(pending?.count ?? 0, steps.length - done.length);
      assert.equal(pending?.first.length ?? 0, Math.min(20, steps.length - done.length));
    }),
  );
});
