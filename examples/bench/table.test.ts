import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Figure } from "./figure.ts";
import { verdictsOf } from "./figure.ts";
import { tableOf } from "./table.ts";

const figure: Figure = {
  work: "first start",
  quantity: "wall",
  unit: "s",
  ours: [1, 1.2, 1.1],
  bare: [0.9, 1, 1],
  compose: [1.5, 1.5, 1.6],
  goals: [{ kind: "of-bare", factor: 1.3 }, { kind: "below-compose" }],
};

test("a figure is a line with medians, ranges, ratios and its goals", () => {
  assert.equal(
    tableOf([
      figure,
      { work: "image", quantity: "size", unit: "MB", ours: [121], goals: [{ kind: "at-most", limit: 120 }] },
    ]),
    `work         quantity  ours             bare          x bare  compose             x compose  goal                      reached
first start  wall      1.10 [1-1.20] s  1 [0.90-1] s  1.11    1.50 [1.50-1.60] s  0.69       <= 1.3 x bare, < compose  yes, yes
image        size      121 MB                                                                <= 120 MB                 NO
`,
  );
});

test("a goal that needs samples which were not taken is not reached", () => {
  const { bare: _bare, compose: _compose, ...alone } = figure;

  assert.deepEqual(
    verdictsOf(alone).map(({ reached }) => reached),
    [false, false],
  );
});

test("a goal at its very limit is reached", () => {
  assert.deepEqual(verdictsOf({ ...figure, goals: [{ kind: "at-most", limit: 1.1 }] }), [
    { goal: "<= 1.1 s", reached: true },
  ]);
});

describe("a goal for a calm machine", () => {
  const calm = (ours: readonly number[], bare: readonly number[]) =>
    verdictsOf({ ...figure, ours, bare, goals: [{ kind: "at-most-when-calm", limit: 10, calm: 5 }] }).map(
      ({ reached }) => reached,
    );

  test("is judged by the rounds in which nothing beside kept anybody waiting", () => {
    assert.deepEqual(calm([9, 900, 8], [1, 90, 5]), [true]);
    assert.deepEqual(calm([11, 2, 12], [1, 90, 5]), [false]);
  });

  test("is not judged where there is none, which the table says", () => {
    assert.deepEqual(calm([1, 2], [6, 7]), [undefined]);
    assert.deepEqual(calm([1], []), [undefined]);
    const goals = [{ kind: "at-most-when-calm", limit: 10, calm: 0.5 }] as const;
    assert.match(tableOf([{ ...figure, goals }]), /<= 10 s +too busy to judge$/m);
  });
});
