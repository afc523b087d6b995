import assert from "node:assert/strict";
import { test } from "node:test";
import { ailmentText, illnessOf } from "./ailment.ts";

test("who runs is told with what its probe found, who does not with what it does instead", () => {
  const told = (state: string): string => {
    const ailments = new Map([["web", ailmentText({ name: "web", state, found: "nothing listens there" })]]);
    return illnessOf({ ailments }, "web");
  };

  assert.equal(told("running"), "it runs but its probe does not hold: nothing listens there");
  assert.match(told("restarting"), /^it ends and is started again and again \(docker logs web/);
  assert.equal(told("created"), "the container was made and not started");
  assert.equal(told("exited"), "the container is exited");
  assert.equal(illnessOf({}, "web"), "it runs but its probe does not hold");
});
