import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { severalDown } from "./sample-answers.ts";

test("samples with none or one down are left out, and each of the others is told once", () => {
  const several = ["001 silent ECONNREFUSED", "100 status-500 silent", "000 silent silent silent"];
  deepEqual(severalDown(["111", "011", ...several, "101", ...several]), several);
});
