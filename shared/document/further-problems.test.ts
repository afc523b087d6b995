import assert from "node:assert/strict";
import { test } from "node:test";
import { withFurther } from "./further-problems.ts";

const at = (path: string, line: number) => ({ path, problem: `of ${path}`, file: "f.yaml", line, column: 1 });

test("nothing further is told of a value that is told of, nor of what lies in it", () => {
  const further = ["a.port", "a.port.x", "a.port[0]", "a.ports", "a", "b"].map((path, index) => at(path, index + 2));

  assert.deepEqual(
    withFurther([at("a.port", 1)], further, "f.yaml").map(({ path }) => path),
    ["a.port", "a.ports", "a", "b"],
  );
});

test("a problem of the file as a whole hides none", () => {
  assert.equal(withFurther([at("", 1)], [at("a", 2)], "f.yaml").length, 2);
});
