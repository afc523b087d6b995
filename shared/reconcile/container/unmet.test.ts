// Containers that cannot be specified yet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { settledState } from "#shared/simulate/settled-state.ts";

const now = Date.UTC(2026, 0, 1);
const files = [{ path: "/etc/web.conf", content: "a" }];

function wish(names: readonly string[]): DesiredState {
  const containers = Object.fromEntries(names.map((name) => [name, { image: "busybox:1", files }]));
  return expand(hostConfig({ containers }));
}

test("what runs of it stays with its files, and the plan says what it waits for", () => {
  const before = wish(["web"]);
  const unmet = [{ component: "web", name: "web", reason: "the host has not told its runtime" }];

  const result = reconcile({ desired: { ...wish([]), unmet }, fallback: before }, settledState(before, now));

  assert.equal(printPlan(result), "! web: the host has not told its runtime (waiting)\n");
});

test("what depends on it is not started", () => {
  const [other] = wish(["other"]).containers;
  assert.ok(other !== undefined);
  const unmet = [{ component: "web", name: "web", reason: "not known" }];
  const desired = { ...wish([]), containers: [{ ...other, dependsOn: ["web"] }], unmet };

  const text = printPlan(reconcile({ desired }, { ...settledState(wish([]), now) }));

  assert.equal(text, "! other: web, on which it depends, is not healthy (waiting)\n! web: not known (waiting)\n");
});
