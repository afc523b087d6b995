import assert from "node:assert/strict";
import { test } from "node:test";
import { ageText, roughAgeText } from "./age-text.ts";

test("an age has its two largest units", () => {
  const ages = [-5, 0, 999, 1000, 61_000, 3_600_000, 90_000_000].map(ageText);

  assert.deepEqual(ages, ["0s", "0s", "0s", "1s", "1m1s", "1h0m", "1d1h"]);
});

test("for a narrow column the largest unit is enough", () => {
  const ages = [-5, 0, 999, 1000, 61_000, 3_600_000, 90_000_000].map(roughAgeText);

  assert.deepEqual(ages, ["0s", "0s", "0s", "1s", "1m", "1h", "1d"]);
});
