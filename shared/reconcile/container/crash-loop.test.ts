// What crashes in a loop, and what is on its way out, told by printed plans.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { settledState } from "#shared/simulate/settled-state.ts";

const now = Date.UTC(2026, 0, 1);

function wish(image: string): DesiredState {
  return expand(hostConfig({ containers: { web: { image, restart: "always" } } }));
}

function plan(desired: DesiredState, observed: ObservedState, fallback: DesiredState): string {
  return printPlan(reconcile({ desired, fallback }, observed));
}

test("what crashes in a loop is stopped before it is renamed, and what is dead only goes", () => {
  const before = wish("busybox:1");
  const desired = wish("busybox:2");
  const settled = settledState(before, now);
  const as = (state: ObservedState["containers"][number]["state"]): ObservedState => ({
    ...settled,
    containers: settled.containers.map((container) => ({ ...container, state, restartCount: 3 })),
  });

  assert.match(
    plan(desired, as("restarting"), before),
    /^stop web .*crashes in a loop.*\nrename web to web.old .*\nupdate web restart=no .*\ncreate web .*\nstart web/m,
  );
  assert.match(plan(desired, as("dead"), before), /^remove web .*\ncreate web from busybox:2 .*\nstart web/m);
  assert.match(plan(desired, as("removing"), before), /^remove web .*\ncreate web from busybox:2 .*\nstart web/m);
  assert.match(
    plan(desired, as("created"), before),
    /^rename web to web.old .*\n.*\ncreate web .*\nstop web .*\nstart web/m,
  );
});
