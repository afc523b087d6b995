// The laws of reconcile on random desired states, random drift and plans cut anywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "./desired.ts";
import type { ObservedContainer, ObservedState } from "./observed.ts";
import { printPlan } from "./print.ts";
import { reconcile } from "./reconcile.ts";
import { emptyState, settledState } from "./settled-state.ts";
import { simulate } from "./simulate.ts";
import type { Plan } from "./step.ts";
import { withOnce } from "./testing/once-containers.ts";

const now = Date.UTC(2026, 0, 1);

const file = fc.record({
  path: fc.constantFrom("a.conf", "b/c.conf"),
  content: fc.constantFrom("one", "two"),
  effect: fc.constantFrom("replace", "none", "signal", "restart"),
  mode: fc.constantFrom("0644", "0600"),
});
const container = fc.record({
  image: fc.constantFrom("busybox:1", "busybox:2"),
  args: fc.constantFrom("a", "b").map((item) => [item]),
  restart: fc.constantFrom("always", "no"),
  files: fc.uniqueArray(file, { selector: (item) => item.path, maxLength: 2 }),
});
const containers = fc.dictionary(fc.constantFrom("ant", "bee", "cat"), container, { maxKeys: 3 });
/** Any of the containers may run to its end, with or without something that it makes. */
const once = fc.dictionary(fc.constantFrom("ant", "bee", "cat"), fc.subarray(["/opt/one", "/opt/two"]), { maxKeys: 2 });
const desiredState = fc
  .tuple(containers, once)
  .map(([items, products]) => withOnce(expand(hostConfig({ containers: items })), products));

type Drift = { readonly pick: number; readonly kind: string };
const drift = fc.array(
  fc.record({
    pick: fc.nat(20),
    kind: fc.constantFrom("exit", "remove", "rename", "policy", "edit", "mode", "delete", "pause", "start", "ledger"),
  }),
  { maxLength: 4 },
);

function drifted(observed: ObservedState, drifts: readonly Drift[]): ObservedState {
  return drifts.reduce((state, { pick, kind }) => driftOnce({ ...state, now: state.now + 10 }, pick, kind), observed);
}

function driftOnce(state: ObservedState, pick: number, kind: string): ObservedState {
  const chosen = state.containers[pick % Math.max(1, state.containers.length)];
  const files = [...state.paths].filter(([, found]) => found.type === "file");
  const [path, found] = files[pick % Math.max(1, files.length)] ?? [];
  const swap = (change: Partial<ObservedContainer>): ObservedState => ({
    ...state,
    containers: state.containers.map((item) => (item === chosen ? { ...item, ...change } : item)),
    health: new Map([
      ...state.health,
      ...(chosen === undefined || change.restart !== undefined ? [] : [[chosen.container, false] as const]),
    ]),
  });
  const put = (value: Partial<typeof found>): ObservedState =>
    path === undefined || found?.type !== "file"
      ? state
      : {
          ...state,
          paths: new Map([...state.paths, [path, { ...found, ...value, type: "file", changedAt: state.now }]]),
        };
  switch (kind) {
    case "exit":
      return swap({ state: "exited", finishedAt: state.now, exitCode: 1 });
    case "remove":
      return { ...state, containers: state.containers.filter((item) => item !== chosen) };
    case "rename":
      return swap({ name: "elsewhere" });
    case "policy":
      return swap({ restart: "on-failure" });
    case "start":
      if (chosen?.state !== "exited") return state;
      return swap({ state: "running", startedAt: state.now, exitCode: undefined });
    case "pause":
      return swap({ state: "paused" });
    case "edit":
      return put({ digest: "edited" });
    case "mode":
      return put({ mode: 0o777 });
    case "delete":
      return path === undefined ? state : { ...state, paths: new Map([...state.paths, [path, { type: "missing" }]]) };
    default:
      return { ...state, ledger: { ...emptyState(0).ledger, known: false } };
  }
}

function settle(
  wish: { desired: DesiredState; fallback: DesiredState },
  observed: ObservedState,
): { state: ObservedState; plan: Plan } {
  let state = observed;
  for (let round = 0; round < 4; round++) {
    const plan = reconcile(wish, state);
    if (plan.steps.length === 0) return { state, plan };
    state = simulate(state, plan.steps);
  }
  return { state, plan: reconcile(wish, state) };
}

function byText(a: readonly string[], b: readonly string[]): number {
  return a.join(" ") < b.join(" ") ? -1 : 1;
}

function runningPerComponent(state: ObservedState): number {
  const running = state.containers.filter((item) => item.state === "running").map((item) => item.container);
  return running.length - new Set(running).size;
}

test("reconcile(d, simulate(o, reconcile(d, o))) is empty", () => {
  fc.assert(
    fc.property(desiredState, desiredState, drift, (before, desired, drifts) => {
      const wish = { desired, fallback: before };
      const observed = drifted(settledState(before, now), drifts);

      const after = reconcile(wish, simulate(observed, reconcile(wish, observed).steps));

      assert.equal(printPlan({ ...after, blocked: [], warnings: [] }), "nothing to do\n");
    }),
    { numRuns: 300 },
  );
});

test("any prefix of a plan, then new plans, converge to the same end, with one running container a component", () => {
  fc.assert(
    fc.property(desiredState, desiredState, drift, fc.nat(40), (before, desired, drifts, cut) => {
      const wish = { desired, fallback: before };
      const observed = drifted(settledState(before, now), drifts);
      const { steps } = reconcile(wish, observed);
      let state = observed;
      for (const step of steps.slice(0, cut)) {
        state = simulate(state, [step]);
        assert.ok(
          runningPerComponent(state) <= runningPerComponent(observed),
          printPlan({ steps, blocked: [], warnings: [] }),
        );
      }

      const { state: end, plan } = settle(wish, state);

      assert.deepEqual(plan.steps, []);
      assert.deepEqual(
        end.containers.map((item) => [item.name, item.state, item.specHash]).toSorted(byText),
        desired.containers
          .map((item) => [item.name, item.once === undefined ? "running" : "exited", item.specHash])
          .toSorted(byText),
      );
    }),
    { numRuns: 300 },
  );
});

test("the order of observed containers and paths never changes the plan", () => {
  fc.assert(
    fc.property(desiredState, desiredState, drift, (before, desired, drifts) => {
      const observed = drifted(settledState(before, now), drifts);
      const turned: ObservedState = {
        ...observed,
        containers: observed.containers.toReversed(),
        paths: new Map([...observed.paths].toReversed()),
        health: new Map([...observed.health].toReversed()),
      };

      assert.equal(
        printPlan(reconcile({ desired, fallback: before }, observed)),
        printPlan(reconcile({ desired, fallback: before }, turned)),
      );
    }),
  );
});
