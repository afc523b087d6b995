import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Secret } from "#shared/secret.ts";
import type { DesiredNode, NodeTaint } from "#shared/state/desired.ts";
import type { ObservedNode } from "#shared/state/observed.ts";
import { patchedNode } from "#shared/simulate/patched-node.ts";
import { planNode } from "./plan-node.ts";
import { managedAnnotation } from "#shared/schema/managed-annotation.ts";
import { printPlan } from "#shared/reconcile/print.ts";

type Present = Extract<ObservedNode, { readonly state: "there" }>;

const api = { server: "https://127.0.0.1:7443", ca: "", certificate: "", key: new Secret("") };

function desired(changes: Partial<DesiredNode> = {}): DesiredNode {
  return { name: "h1", api, labels: {}, annotations: {}, taints: [], ...changes };
}

function node(changes: Partial<Present> = {}): Present {
  return {
    state: "there",
    resourceVersion: "7",
    labels: {},
    annotations: {},
    taints: [],
    ready: "True",
    kubeletVersion: "v1.36.3",
    ...changes,
  };
}

function plan(wish: DesiredNode | undefined, found: ObservedNode | undefined): string {
  return printPlan({ ...planNode(wish, found), warnings: [] });
}

/** The node after the plan's patch. */
function after(wish: DesiredNode, found: Present): Present {
  const [step] = planNode(wish, found).steps;
  const result = step?.kind === "patchNode" ? patchedNode(found, step.arguments) : found;
  assert.ok(result?.state === "there");
  return result;
}

const controlPlane: NodeTaint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
const unreachable: NodeTaint = {
  key: "node.kubernetes.io/unreachable",
  effect: "NoExecute",
  timeAdded: "2026-01-01T00:00:00Z",
};

test("labels, annotations and taints that differ are set, in one step that says what", () => {
  const wish = desired({ labels: { a: "1", b: "2" }, annotations: { note: "x" }, taints: [controlPlane] });

  const text = plan(wish, node({ labels: { a: "1", b: "old", other: "kept" } }));

  assert.equal(
    text,
    "patch node h1: label b=2, annotation note=x, taint node-role.kubernetes.io/control-plane:NoSchedule (not as configured)\n",
  );
});

test("what is as configured needs nothing, once it is remembered as managed", () => {
  const wish = desired({ labels: { a: "1" }, taints: [controlPlane] });
  const found = node({ labels: { a: "1" }, taints: [controlPlane] });

  assert.equal(plan(wish, found), "patch node h1: remember what is managed (not as configured)\n");
  assert.equal(plan(wish, after(wish, found)), "nothing to do\n");
});

test("what was managed before and is no longer desired goes; what was never managed stays", () => {
  const before = desired({ labels: { gone: "1" }, annotations: { note: "x" }, taints: [controlPlane] });
  const found = after(before, node({ labels: { theirs: "1" }, taints: [unreachable] }));

  const text = plan(desired(), found);
  const end = after(desired(), found);

  assert.equal(
    text,
    "patch node h1: no label gone, no annotation note, no taint node-role.kubernetes.io/control-plane:NoSchedule (not as configured)\n",
  );
  assert.deepEqual(end.labels, { theirs: "1" });
  assert.deepEqual(end.taints, [unreachable]);
});

test("a taint with another value is replaced where it stands, and those of the cluster keep every field", () => {
  const wish = desired({ taints: [{ key: "a", value: "new", effect: "NoSchedule" }] });
  const found = node({ taints: [{ key: "a", value: "old", effect: "NoSchedule" }, unreachable] });

  assert.deepEqual(after(wish, found).taints, [{ key: "a", value: "new", effect: "NoSchedule" }, unreachable]);
});

test("a node without anything desired is left alone", () => {
  assert.equal(plan(desired(), node({ labels: { theirs: "1" } })), "nothing to do\n");
  assert.equal(plan(undefined, undefined), "nothing to do\n");
});

test("notes at the node that are not ours manage nothing", () => {
  for (const notes of ["no JSON", "[]", "null", '{"labels":"a"}', '{"labels":[1]}']) {
    const found = node({ labels: { a: "1" }, annotations: { [managedAnnotation]: notes } });

    assert.deepEqual(after(desired(), found).labels, { a: "1" });
  }
});

test("a long annotation is shown by its beginning", () => {
  const wish = desired({ annotations: { note: "x".repeat(100) } });

  assert.match(plan(wish, node()), /annotation note=x{60}… \(/);
});

test("a node that is not there, and an API that does not answer, are waited for", () => {
  assert.equal(plan(desired(), { state: "missing" }), "! node/h1: the node has not registered itself yet (waiting)\n");
  assert.equal(
    plan(desired(), { state: "unreachable", reason: "ECONNREFUSED" }),
    "! node/h1: ECONNREFUSED (waiting)\n",
  );
});

const texts = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2"));
const taints = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom("a", "b"),
    effect: fc.constantFrom("NoSchedule", "NoExecute"),
    value: fc.constantFrom("1", "2"),
  }),
  { selector: ({ key, effect }) => `${key}:${effect}` },
);
const settings = fc.record({ labels: texts, annotations: texts, taints });

test("after any two settings the node has the last one and what was foreign, and nothing more is to be done", () => {
  fc.assert(
    fc.property(settings, settings, settings, (foreign, first, second) => {
      const start = node(foreign);
      const [one, two] = [desired(first), desired(second)];

      const end = after(two, after(one, start));

      assert.deepEqual(planNode(two, end).steps, []);
      const managed = new Set([...Object.keys(first.labels), ...Object.keys(second.labels)]);
      const theirs = Object.entries(foreign.labels).filter(([key]) => !managed.has(key));
      assert.deepEqual(new Map(Object.entries(end.labels)), new Map([...theirs, ...Object.entries(second.labels)]));
      for (const taint of two.taints) assert.ok(end.taints.some((item) => item.value === taint.value));
    }),
  );
});
