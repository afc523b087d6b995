// The laws of reconcile on random desired states, random drift and plans cut anywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedContainer, ObservedState } from "#shared/state/observed.ts";
import { printPlan, printStep } from "./print.ts";
import { reconcile } from "./reconcile.ts";
import { allHaveIt, emptyState, nobodyHolds, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import type { Plan, Step } from "#shared/state/step.ts";
import { apiFollowers } from "./testing/api-followers.ts";
import { lockBound } from "./testing/lock-bound.ts";
import { withOnce } from "./testing/once-containers.ts";

const now = Date.UTC(2026, 0, 1);

const file = fc.record({
  path: fc.constantFrom("a.conf", "b/c.conf"),
  content: fc.constantFrom("one", "two"),
  effect: fc.constantFrom("replace", "none", "signal", "restart"),
  mode: fc.constantFrom("0644", "0600"),
});
/** Whom a container runs as, who owns its data. */
const users = [7, 8] as const;
const formerOwners = users.map((id) => ({ uid: id, gid: id }));
const plain = fc.record({
  image: fc.constantFrom("busybox:1.1", "busybox:1.2"),
  args: fc.constantFrom("a", "b").map((item) => [item]),
  restart: fc.constantFrom("always", "no"),
  files: fc.uniqueArray(file, { selector: (item) => item.path, maxLength: 2 }),
});
const container = fc.tuple(plain, fc.constantFrom(undefined, ...users)).map(([item, user]) => {
  if (user === undefined) return item;
  const owner = { uid: user, gid: user };
  const data = { source: "/var/lib/data", target: "/data", create: { mode: "0700", ...owner } };
  const files = item.files.map((one) => ({ ...one, ...owner }));
  return { ...item, files, user: `${user}:${user}`, mounts: [data] };
});
const containers = fc.dictionary(fc.constantFrom("ant", "bee", "cat"), container, { maxKeys: 3 });
/** Any of the containers may run to its end, with or without something that it makes. */
const once = fc.dictionary(fc.constantFrom("ant", "bee", "cat"), fc.subarray(["/opt/one", "/opt/two"]), { maxKeys: 2 });
/** And any may stop only under the disruption lock; one that runs to its end is never such. */
const bound = fc.subarray(["ant", "bee", "cat"]);
/** And any may follow the API servers. */
const following = fc.subarray(["ant", "bee", "cat"]);
type Item = typeof container extends fc.Arbitrary<infer Value> ? Value : never;

function ownData(name: string, item: Item): Item {
  return "mounts" in item
    ? { ...item, mounts: item.mounts.map((one) => ({ ...one, source: `/var/lib/${name}` })) }
    : item;
}

const desiredState = fc.tuple(containers, once, bound, following).map(([items, products, names, followers]) => {
  const owned = Object.entries(items).map(([name, item]) => [name, ownData(name, item)] as const);
  const former = Object.fromEntries(owned.map(([name]) => [name, formerOwners]));
  const config = hostConfig({ containers: Object.fromEntries(owned), formerOwners: former });
  const runs = withOnce(expand(config), products);
  const onceNames = runs.containers.filter((item) => item.once !== undefined).map((item) => item.name);
  const locked = lockBound(
    runs,
    names.filter((name) => !onceNames.includes(name)),
  );
  return apiFollowers(locked, followers);
});

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

/** The host as the config before left it, and drift; other hosts answer what the wanted config asks. */
function driftedFrom(before: DesiredState, desired: DesiredState, drifts: readonly Drift[]): ObservedState {
  const others = { disruption: nobodyHolds(before, desired), apiServers: allHaveIt(desired) };
  return drifted({ ...settledState(before, now), ...others }, drifts);
}

function driftOnce(state: ObservedState, pick: number, kind: string): ObservedState {
  const chosen = state.containers[pick % Math.max(1, state.containers.length)];
  const files = [...state.paths].filter(([, found]) => found.type === "file");
  const [path, found] = files[pick % Math.max(1, files.length)] ?? [];
  const swap = (change: Partial<ObservedContainer>): ObservedState => ({
    ...state,
    containers: state.containers.map((item) => (item === chosen ? { ...item, ...change } : item)),
    working: new Set([...state.working].filter((id) => id !== chosen?.id || change.state === undefined)),
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

/** What starts owns its data and its live files, and gets them while nothing of it runs. */
function assertOwned({ containers: all }: DesiredState, state: ObservedState, step: Step): void {
  const wanted = all.find(({ name }) => name === step.subject);
  if (step.kind === "giveDirectories") {
    const running = state.containers.filter((item) => item.container === step.subject && item.state === "running");
    assert.deepEqual(running, [], printStep(step));
  }
  const started = state.containers.find((item) => item.name === step.subject);
  if (step.kind !== "startContainer" || wanted === undefined || started?.specHash !== wanted.specHash) return;
  for (const { path, uid } of [
    ...wanted.dataDirectories,
    ...(wanted.liveDirectory === undefined ? [] : [wanted.liveDirectory]),
  ]) {
    const found = state.paths.get(path);
    if (found?.type === "directory") assert.equal(found.uid, uid, `${printStep(step)} ${path}`);
  }
}

/** What others stand in for stops only while this host holds the lock. */
function assertLocked({ containers: all }: DesiredState, { working, disruption }: ObservedState, step: Step): void {
  const isBound = all.some((item) => item.name === step.subject && item.disruption !== undefined);
  if (step.kind !== "stopContainer" || !isBound || !working.has(step.arguments.id)) return;
  const holder = disruption !== undefined && "holder" in disruption.lock ? disruption.lock.holder : undefined;
  assert.deepEqual([holder?.host, holder?.container], ["h1", step.subject], printStep(step));
}

test("reconcile(d, simulate(o, reconcile(d, o))) is empty", () => {
  fc.assert(
    fc.property(desiredState, desiredState, drift, (before, desired, drifts) => {
      const wish = { desired, fallback: before };
      const observed = driftedFrom(before, desired, drifts);

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
      const observed = driftedFrom(before, desired, drifts);
      const { steps } = reconcile(wish, observed);
      let state = observed;
      for (const step of steps.slice(0, cut)) {
        assertLocked(desired, state, step);
        assertOwned(desired, state, step);
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
      const observed = driftedFrom(before, desired, drifts);
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
