// The start order of a host's containers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFlexkubeError } from "#shared/errors.ts";
import { startOrder } from "./start-order.ts";

function names(
  containers: readonly (readonly [name: string, rank: number, ...dependsOn: string[]])[],
): readonly string[] {
  return startOrder(containers.map(([name, rank, ...dependsOn]) => ({ name, rank, dependsOn }))).map(
    ({ name }) => name,
  );
}

test("containers start by rank, then by name", () => {
  assert.deepEqual(
    names([
      ["b", 600],
      ["lb", 200],
      ["a", 600],
      ["etcd", 100],
    ]),
    ["etcd", "lb", "a", "b"],
  );
});

test("dependencies start first, whatever their name", () => {
  assert.deepEqual(
    names([
      ["a", 600, "c"],
      ["b", 600],
      ["c", 600, "d"],
      ["d", 600],
    ]),
    ["b", "d", "c", "a"],
  );
});

test("a container of low rank starts as soon as what it waits for has started", () => {
  assert.deepEqual(
    names([
      ["early", 100, "z"],
      ["a", 600],
      ["z", 50],
    ]),
    ["z", "early", "a"],
  );
});

test("a container that depends on one which cannot be specified yet has its place all the same", () => {
  const containers = [
    { name: "b", rank: 1, dependsOn: ["unmet"] },
    { name: "a", rank: 2, dependsOn: [] },
  ];

  assert.deepEqual(
    startOrder(containers, ["unmet"]).map(({ name }) => name),
    ["b", "a"],
  );
});

for (const [sentence, containers, reason] of [
  [
    "a circle",
    [
      ["a", 1, "b"],
      ["b", 1, "a"],
      ["c", 1],
    ],
    "a, b",
  ],
  ["a dependency on itself", [["a", 1, "a"]], "a"],
  ["an unknown dependency", [["a", 1, "b"]], "b"],
] as const)
  test(`${sentence} is a bug`, () => {
    assert.throws(
      () => names(containers),
      (error) => isFlexkubeError(error, "INTERNAL_BUG") && error.details.reason === reason,
    );
  });
