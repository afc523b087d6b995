// How far a pull is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pullProgressOf, pullStateAfter, type PullState } from "./pull-progress.ts";

test("layers are counted, and bytes only grow", () => {
  const lines = [
    { status: "Pulling from library/x", id: "1.0" },
    { status: "Already exists", id: "a" },
    { status: "Pulling fs layer", id: "b" },
    { status: "Downloading", id: "b", progressDetail: { current: 100 } },
    { status: "Download complete", id: "b" },
    { status: "Extracting", id: "b", progressDetail: { current: 7 } },
    { status: "Digest: sha256:1" },
  ];
  const none: PullState = new Map();

  const progress = lines.map((_, index) => pullProgressOf(lines.slice(0, index + 1).reduce(pullStateAfter, none)));

  assert.deepEqual(progress[0], { layers: 0, layersDone: 0, bytes: 0 });
  assert.deepEqual(progress.at(-1), { layers: 2, layersDone: 1, bytes: 100 });
  const done = pullStateAfter(lines.reduce(pullStateAfter, none), { status: "Pull complete", id: "b" });
  assert.deepEqual(pullProgressOf(done), { layers: 2, layersDone: 2, bytes: 100 });
});
