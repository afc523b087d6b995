// What cannot be looked at, and directories that were replaced under a container, told by plans.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "./print.ts";
import { reconcile } from "./reconcile.ts";
import { settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";

const now = Date.UTC(2026, 0, 1);
const desired = expand(
  hostConfig({
    containers: {
      web: { image: "busybox:1", files: [{ path: "a.conf", content: "a", effect: "none" }] },
      user: { image: "busybox:1", dependsOn: ["web"] },
      other: { image: "busybox:1" },
    },
  }),
);
const live = "/etc/kubernetes/web/live";

function idOf(observed: ObservedState, name: string): string {
  return observed.containers.find((container) => container.name === name)?.id ?? "";
}

test("a container whose directory was replaced is restarted, once", () => {
  const observed = settledState(desired, now);
  const lost = { ...observed, replacedMounts: new Map([[idOf(observed, "web"), [live]]]) };

  const plan = reconcile({ desired }, lost);

  assert.equal(
    printPlan(plan),
    `stop web within 10s (another directory is at ${live} than the one that it has)
start web (another directory is at ${live} than the one that it has)
wait until web is healthy, at most 60s (another directory is at ${live} than the one that it has)
`,
  );
  assert.deepEqual(reconcile({ desired }, simulate(lost, plan.steps)).steps, []);
});

test("a directory that is gone is made again before its container starts with it", () => {
  const observed = settledState(desired, now);
  const paths = new Map(observed.paths).set(live, { type: "missing" }).set(`${live}/a.conf`, { type: "missing" });
  const lost = { ...observed, paths, replacedMounts: new Map([[idOf(observed, "web"), [live]]]) };

  const { steps } = reconcile({ desired }, lost);

  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ["commitFiles", "stopContainer", "startContainer", "waitHealthy"],
  );
});

test("an unknown path holds up its component and what depends on it; nothing else waits and nothing is removed", () => {
  const observed = settledState(desired, now);
  const paths = new Map(observed.paths).set(`${live}/a.conf`, { type: "unknown", reason: "EIO" });
  const containers = observed.containers.filter(({ name }) => name === "web");

  const plan = reconcile({ desired }, { ...observed, paths, containers });

  assert.equal(
    printPlan(plan),
    `create other from busybox:1 (not there)
start other (not there)
wait until other is healthy, at most 60s (not there)
! web: ${live}/a.conf cannot be looked at: EIO (unknown)
! user: web, on which it depends, is not healthy (waiting)
`,
  );
});
