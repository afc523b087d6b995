// When a release is installed, upgraded and uninstalled, and what becomes of Helm's containers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { ObservedRelease } from "#shared/state/applied-objects.ts";
import type { ObservedHelper, ObservedState } from "#shared/state/observed.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";
import { now, desired, plan, cluster, withCluster, fresh } from "#shared/reconcile/testing/cluster-states.ts";

test("a release is upgraded for other values, and when its newest revision is not the one that works", () => {
  const wish = desired({}, { web: 1 });
  const settled = settledState(wish, now);
  const seen = cluster(settled).releases.get("web");
  assert.ok(seen);
  const withRelease = (change: Partial<ObservedRelease> | undefined): ObservedState =>
    withCluster(settled, {
      releases: new Map(change === undefined ? [] : [["web", { ...seen, ...change }]]),
    });

  const plans = [
    plan(desired({}, { web: 2 }), settled),
    plan(wish, withRelease(undefined)),
    plan(wish, withRelease({ status: "failed" })),
    plan(wish, withRelease({ revision: 2 })),
    plan(wish, withRelease({ status: "pending-upgrade" })),
    plan(wish, withRelease({ status: "pending-upgrade", since: now - 300_000 })),
  ];

  assert.deepEqual(plans, [
    "install release web in apps (chart or values changed)\n",
    "install release web in apps (the release is gone)\n",
    "install release web in apps (revision 1 is failed)\n",
    "install release web in apps (somebody else made revision 2)\n",
    "! release/web: revision 1 is pending-upgrade (waiting)\n",
    "install release web in apps (revision 1 is pending-upgrade)\n",
  ]);
});

test("a release or a manifest may be called as what every object of the language has", () => {
  const [one, two] = [
    desired({ constructor: ["a"] }, { constructor: 1 }),
    desired({ constructor: ["a"] }, { constructor: 2 }),
  ];

  assert.match(plan(one, fresh), /^apply manifest constructor .*\ninstall release constructor in apps \(.*\)\n$/);
  assert.equal(plan(one, settledState(one, now)), "nothing to do\n");
  assert.equal(plan(two, settledState(one, now)), "install release constructor in apps (chart or values changed)\n");
});

test("a release that is no longer desired, or wanted in another namespace, is uninstalled", () => {
  const settled = settledState(desired({}, { web: 1 }), now);

  assert.equal(plan(desired({}), settled), "uninstall release web from apps (no longer desired)\n");
  assert.equal(
    plan(desired({}, { web: 1 }, "other"), settled),
    "uninstall release web from apps (it is wanted in another namespace)\n",
  );
});

test("Helm at work is waited for, and settled when it has ended or had its time", () => {
  const wish = desired({}, { web: 1 });
  const job = {
    release: "web",
    operation: "install",
    namespace: "apps",
    digest: "d",
    image: "helm:1",
    until: now + 10,
  } as const;
  const helper = (change: Partial<ObservedHelper>): ObservedState => ({
    ...fresh,
    helpers: [{ id: "h", name: "flexkube-helm-1", state: "running", job, ...change }],
  });

  assert.equal(plan(wish, helper({})), "! release/web: helm is at work on its install (waiting)\n");
  for (const ended of [helper({ state: "exited" }), helper({ job: { ...job, until: now } })]) {
    assert.equal(plan(wish, ended), "settle the install of release web (helm has ended, or should have)\n");
    assert.match(plan(desired({}), ended), /^settle the install of release web/);
  }
});

test("Helm's container is a leftover when it was never started, or when nobody here may settle it", () => {
  const job = {
    release: "web",
    operation: "install",
    namespace: "n",
    digest: "d",
    image: "h",
    until: now + 10,
  } as const;
  const helpers: readonly ObservedHelper[] = [{ id: "h", name: "helm-1", state: "exited", job }];
  const leftover = /^remove helper helm-1 \(left over by an interrupted step\)/;
  const wish = desired({}, { web: 1 });

  assert.match(plan(wish, { ...fresh, helpers: [{ id: "h", name: "helm-1", state: "created", job }] }), leftover);
  assert.match(plan(wish, { ...fresh, helpers, cluster: { state: "elsewhere", holder: "h2" } }), leftover);
  assert.match(plan(wish, { ...fresh, helpers, cluster: { state: "outdated", generation: 2 } }), leftover);
  assert.match(plan(expand(hostConfig()), { ...emptyState(now), helpers }), leftover);
  assert.doesNotMatch(plan(wish, { ...fresh, helpers, cluster: { state: "unreachable", reason: "" } }), leftover);
});
