// Containers that run to their end, told by printed plans.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { HostConfigInput } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedContainer, ObservedState } from "#shared/state/observed.ts";
import { pathsInQuestion } from "#shared/reconcile/files/paths-in-question.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import { withOnce } from "#shared/reconcile/testing/once-containers.ts";

const now = Date.UTC(2026, 0, 1);
const product = "/opt/bin/tool";
type Containers = NonNullable<HostConfigInput["containers"]>;

function wish(image: string, more: Containers = {}): DesiredState {
  return withOnce(expand(hostConfig({ containers: { install: { image }, ...more } })), { install: [product] });
}

const afterIt: Containers = { user: { image: "busybox:1", dependsOn: ["install"] } };

function plan(desired: DesiredState, observed: ObservedState, fallback?: DesiredState): string {
  return printPlan(reconcile({ desired, fallback }, observed));
}

/** The settled host with the one container changed, as a look at it would find it. */
function observedWith(
  desired: DesiredState,
  change: Partial<ObservedContainer>,
  paths: ObservedState["paths"] = new Map(),
) {
  const settled = settledState(desired, now);
  return {
    ...settled,
    containers: settled.containers.map((item) => (item.name === "install" ? { ...item, ...change } : item)),
    paths: new Map([...settled.paths, ...paths]),
    health: new Map([...settled.health, ["install", false]]),
  } satisfies ObservedState;
}

test("it is made, started and waited for, and what depends on it follows", () => {
  const observed = { ...emptyState(now), images: new Map([["busybox:1", true]]) };

  assert.equal(
    plan(wish("busybox:1", afterIt), observed),
    `create install from busybox:1 (not there)
start install (not there)
wait until install has ended, at most 60s (not there)
create user from busybox:1 (not there)
start user (not there)
wait until user is healthy, at most 60s (not there)
`,
  );
});

test("one that ended with 0 and whose products are there needs nothing", () => {
  const desired = wish("busybox:1", afterIt);

  assert.equal(plan(desired, settledState(desired, now)), "nothing to do\n");
});

test("what it makes is looked at", () => {
  const desired = wish("busybox:1");

  const paths = pathsInQuestion({ desired }, { ledger: emptyState(now).ledger, components: [] });

  assert.ok(paths.includes(product));
});

test("a missing product starts the same container again", () => {
  const desired = wish("busybox:1");

  assert.equal(
    plan(desired, observedWith(desired, {}, new Map([[product, { type: "missing" }]]))),
    `start install (/opt/bin/tool is missing)
wait until install has ended, at most 60s (/opt/bin/tool is missing)
`,
  );
});

test("a product that is a link to nowhere is missing", () => {
  const desired = wish("busybox:1");
  const dangling = new Map([[product, { type: "other", what: "a link that leads nowhere" }]] as const);

  assert.match(plan(desired, observedWith(desired, {}, dangling)), /^start install \(\/opt\/bin\/tool is missing\)/);
});

test("one that a power cut ended is started again", () => {
  const desired = wish("busybox:1");

  assert.match(
    plan(desired, observedWith(desired, { exitCode: 255 })),
    /^start install \(ended with exit code 255\)\n/,
  );
});

test("while it is not done, what depends on it waits and the rest of the host goes on", () => {
  const desired = wish("busybox:1", { ...afterIt, other: { image: "busybox:1" } });
  const hung = observedWith(desired, { state: "running", startedAt: now - 61_000, exitCode: undefined });
  const observed = { ...hung, containers: hung.containers.filter(({ name }) => name === "install") };

  const text = plan(desired, { ...observed, images: new Map([["busybox:1", true]]) });

  assert.match(text, /^create other /);
  assert.doesNotMatch(text, /create user/);
  assert.match(text, /! install: it has not ended within 60s \(unhealthy\)\n/);
  assert.match(text, /! user: install, on which it depends, is not healthy \(waiting\)\n/);
});

test("one that runs gets what is left of its deadline", () => {
  const desired = wish("busybox:1");
  const observed = observedWith(desired, { state: "running", startedAt: now - 20_000, exitCode: undefined });

  const result = reconcile({ desired }, observed);

  assert.equal(printPlan(result), "wait until install has ended, at most 60s (it has not ended yet)\n");
  const [wait] = result.steps;
  assert.equal(wait?.kind === "waitHealthy" ? wait.arguments.until : undefined, now + 40_000);
});

test("a changed specification takes the place of the old one, which comes back under no circumstances", () => {
  const before = wish("busybox:1");
  const after = wish("busybox:2");

  assert.equal(
    plan(after, settledState(before, now), before),
    `remove install (image changed from busybox:1 to busybox:2)
create install from busybox:2 (image changed from busybox:1 to busybox:2)
start install (image changed from busybox:1 to busybox:2)
wait until install has ended, at most 60s (image changed from busybox:1 to busybox:2)
`,
  );
});

test("one of another specification that still runs is stopped before its successor starts", () => {
  const before = wish("busybox:1");

  const text = plan(wish("busybox:2"), observedWith(before, { state: "running", exitCode: undefined }), before);

  assert.match(text, /^stop install within 10s .*\nremove install .*\ncreate install .*\nstart install /);
});

test("a failed one with a changed specification is not brought back from the old one", () => {
  const before = wish("busybox:1");
  const after = wish("busybox:2");
  const failed = observedWith(after, { exitCode: 3, finishedAt: now - 600_000 });

  const text = plan(after, failed, before);

  assert.equal(
    text,
    `start install (ended with exit code 3)
wait until install has ended, at most 60s (ended with exit code 3)
`,
  );
});

test("a policy that would start it for ever is set right, and it does not run again for that", () => {
  const desired = wish("busybox:1");
  const drifted = { ...observedWith(desired, { restart: "always" }), health: settledState(desired, now).health };

  assert.equal(plan(desired, drifted), "update install restart=no (restart policy differs)\n");
});

test("in the model it is healthy when it has ended, and its products are there", () => {
  const desired = wish("busybox:1");
  const { steps } = reconcile({ desired }, emptyState(now));
  const health = (count: number): boolean | undefined =>
    simulate(emptyState(now), steps.slice(0, count)).health.get("install");

  assert.deepEqual([health(2), health(3)], [false, true]);
  assert.equal(simulate(emptyState(now), steps).paths.get(product)?.type, "file");
});
