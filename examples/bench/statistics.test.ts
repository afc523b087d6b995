import assert from "node:assert/strict";
import { test } from "node:test";
import { median, percentile, ratioOf, slopeOf, summaryOf } from "./statistics.ts";

test("the median of an even number of samples lies between the two in the middle", () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
});

test("a percentile is the smallest sample that so many are not above", () => {
  const samples = Array.from({ length: 1000 }, (_, index) => 1000 - index);
  assert.deepEqual(
    [50, 99.9, 100].map((percent) => percentile(samples, percent)),
    [500, 999, 1000],
  );
  assert.equal(percentile([7], 99.9), 7);
  assert.ok(Number.isNaN(percentile([], 50)));
});

test("no samples have no median", () => {
  assert.ok(Number.isNaN(median([])));
  assert.deepEqual(summaryOf([]), { median: Number.NaN, min: Number.NaN, max: Number.NaN, count: 0 });
});

test("a summary has the median between the smallest and the largest", () => {
  assert.deepEqual(summaryOf([10, 2, 3]), { median: 3, min: 2, max: 10, count: 3 });
});

test("a ratio is taken round by round, so that a slow round counts for both", () => {
  assert.equal(ratioOf([20, 200, 40], [10, 100, 10]), 2);
});

test("a ratio of different numbers of samples is that of the medians", () => {
  assert.equal(ratioOf([30], [10, 20]), 2);
});

test("the slope is what one more of x adds", () => {
  const points = [6, 30, 100].map((x) => ({ x, y: 5 + 0.8 * x }));

  assert.ok(Math.abs(slopeOf(points) - 0.8) < 1e-9);
});
