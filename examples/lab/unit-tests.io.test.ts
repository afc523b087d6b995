import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { test } from "node:test";
import { shares, unitTestsOf } from "./unit-tests.ts";

test("each test file is in one share, or has a kind of its own in its name and is run by that", () => {
  const dealt = Array.from({ length: shares }, (_, index) => unitTestsOf(index + 1)).flat();
  const others = globSync("*/**/*.{law,io,engine,e2e,terraform,kubernetes,upgrade,release,machine}.test.ts", {
    exclude: ["node_modules"],
  });
  const all = globSync("**/*.test.ts", { exclude: ["node_modules"] });

  assert.ok(dealt.length > 200);
  assert.deepEqual([...dealt, ...others].toSorted(), all.toSorted());
});

test("each share has a file that declares it", () => {
  const numbers = Array.from({ length: shares }, (_, index) => index + 1);

  assert.deepEqual(
    globSync("examples/lab/unit-tests-?.ts").toSorted(),
    numbers.map((number) => `examples/lab/unit-tests-${number}.ts`),
  );
});
