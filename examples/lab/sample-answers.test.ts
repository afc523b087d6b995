import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { severalDown } from "./sample-answers.ts";

test("samples with none or one down are left out, and each of the others is told once", () => {
  deepEqual(severalDown(["111", "011", "001", "101", "001", "000"]), ["001", "000"]);
});
