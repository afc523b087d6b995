// Which answers of an engine are told wrongly, and how.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineLies } from "./engine-lies.ts";

test("each endpoint has its own lies, and what changes something has none", () => {
  const names = (method: string, path: string): readonly string[] => engineLies(method, path).map(([name]) => name);

  assert.deepEqual(names("GET", "/containers/json?all=true"), ["a list that lacks one", "an empty list"]);
  assert.deepEqual(names("GET", "/containers/4f2a/json"), ["another state", "another container"]);
  assert.deepEqual(names("GET", "/images/quay.io/coreos/etcd:v3.5.35/json"), ["another image"]);
  assert.deepEqual(names("POST", "/containers/create?name=json"), []);
  assert.deepEqual(names("POST", "/containers/4f2a/wait"), []);
});

test("a lie keeps the form of the answer and is never the truth", () => {
  const answer = { Id: "4f2a", Name: "/web", State: { Status: "running" } };
  for (const [, lie] of engineLies("GET", "/containers/4f2a/json"))
    for (const point of [0, 0.5, 0.99])
      assert.notDeepEqual(
        lie(answer, () => point),
        answer,
      );
  for (const [, lie] of engineLies("GET", "/containers/json"))
    for (const point of [0, 0.5, 0.99]) assert.ok((lie([1, 2], () => point) as readonly unknown[]).length < 2);
});
