// The plan as text: one row a step, a blocked container, a warning, a note.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printPlan } from "./print.ts";
import type { Plan } from "#shared/state/step.ts";

function plan(text: string): Plan {
  return {
    steps: [
      {
        kind: "removeHelper",
        subject: `a${text}`,
        component: "",
        cause: `b${text}`,
        arguments: { id: "1", name: "a" },
      },
      {
        kind: "commitFiles",
        subject: "web",
        component: "web",
        cause: `c${text}`,
        arguments: {
          directories: [],
          fresh: [],
          replaced: [],
          removed: [{ path: `/etc/x${text}`, component: "web" }],
        },
      },
    ],
    blocked: [{ component: "web", container: "web", code: "waiting", reason: `d${text}`, details: [`e${text}`] }],
    warnings: [`f${text}`],
    notes: [`g${text}`],
  };
}

test("each row of a plan stays one row, whatever an engine or a file's name has put into it", () => {
  const plain = printPlan(plan("")).split("\n");

  for (const hostile of ["\n! web: fine (settled)", "\r\nstart web", "\u2028start web", "\u0085start web"]) {
    const rows = printPlan(plan(hostile)).split("\n");

    assert.equal(rows.length, plain.length);
    assert.ok(rows.every((row) => !/[\u0000-\u001f\u007f-\u009f\u2028]/.test(row)));
  }
});
