import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import type { Step } from "./step.ts";
import { imageOfStep, startsContainer, stepTraits } from "./step-traits.ts";

const about = { subject: "web", component: "web", cause: "it is new" };
const create: Step = {
  ...about,
  kind: "createContainer",
  arguments: { spec: plainSpec(), specHash: "h", restart: "no", resources: {}, startArgs: [] },
};
const remove: Step = { ...about, kind: "removeContainer", arguments: { id: "c1" } };

test("a step's image is that of its container or tool; most need none", () => {
  assert.equal(imageOfStep(create), plainSpec().image);
  assert.equal(
    imageOfStep({ ...about, kind: "uninstallRelease", arguments: { image: "helm:1", namespace: "default" } }),
    "helm:1",
  );
  assert.equal(imageOfStep(remove), undefined);
});

test("steps that start a container are those that hold a start", () => {
  assert.equal(startsContainer([remove]), false);
  assert.equal(startsContainer([remove, create]), true);
});

test("what is told of an object of the cluster is never a verdict on a container", () => {
  const objects = Object.values(stepTraits).filter(({ place }) => place === "objects" || place === "node");
  assert.equal(objects.length, 6);
  for (const { refusedBy, starts } of objects)
    assert.deepEqual({ refusedBy, starts }, { refusedBy: [], starts: false });
});
