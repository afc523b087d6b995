// What is applied, pruned, installed and uninstalled, and why; and the laws that hold for any of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { objectKey } from "./applied.ts";
import type { ObservedCluster, ObservedObject, ObservedRelease } from "./applied.ts";
import type { DesiredState } from "./desired.ts";
import { emptyLedger } from "./ledger.ts";
import type { ObservedHelper, ObservedState } from "./observed.ts";
import { printPlan } from "./print.ts";
import { reconcile } from "./reconcile.ts";
import { emptyState, settledState } from "./settled-state.ts";
import { simulate } from "./simulate.ts";

const now = Date.UTC(2026, 0, 1);
type Here = Extract<ObservedCluster, { readonly state: "here" }>;

/** Manifests as names of their ConfigMaps; releases as `name: value`. */
function desired(
  manifests: Readonly<Record<string, readonly string[]>>,
  releases: Readonly<Record<string, number>> = {},
  namespace = "apps",
): DesiredState {
  const content = (names: readonly string[]): string =>
    names.map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: n}\n`).join("---\n");
  return expand(
    hostConfig({
      clusterObjects: {
        api: { server: "https://127.0.0.1:7443", certificate: "crt", key: "key", ca: "ca" },
        kubectlImage: "kubectl:1",
        helmImage: "helm:1",
        manifests: Object.fromEntries(
          Object.entries(manifests).map(([name, names]) => [name, { content: content(names) }]),
        ),
        releases: Object.fromEntries(
          Object.entries(releases).map(([name, value]) => [name, { namespace, chart: "chart", values: { value } }]),
        ),
      },
      secrets: { crt: "c", key: "k", ca: "a", chart: "H4sI" },
    }),
  );
}

function plan(wish: DesiredState, observed: ObservedState): string {
  return printPlan(reconcile({ desired: wish }, observed));
}

function cluster(state: ObservedState): Here {
  assert.ok(state.cluster?.state === "here");
  return state.cluster;
}

function withCluster(state: ObservedState, change: Partial<Here>): ObservedState {
  return { ...state, cluster: { ...cluster(state), ...change } };
}

function withObject(state: ObservedState, name: string, object: ObservedObject): ObservedState {
  const key = objectKey({ apiVersion: "v1", kind: "ConfigMap", namespace: "n", name });
  return withCluster(state, { objects: new Map([...cluster(state).objects, [key, object]]) });
}

function uidOf(state: ObservedState, name: string): string {
  const found = cluster(state).objects.get(`v1 ConfigMap n/${name}`);
  assert.ok(found?.state === "there");
  return found.uid;
}

const fresh: ObservedState = {
  ...emptyState(now),
  cluster: {
    state: "here",
    held: true,
    record: { manifests: {}, releases: {} },
    objects: new Map(),
    releases: new Map(),
  },
};

test("in an empty cluster all manifests are applied by their names, then the releases", () => {
  assert.equal(
    plan(desired({ b: ["x"], a: ["y"] }, { web: 1 }), fresh),
    `apply manifest a (not applied yet)
apply manifest b (not applied yet)
install release web in apps (not installed yet)
`,
  );
});

test("images of kubectl and Helm are fetched first, when they are not there", () => {
  const images = new Map([
    ["kubectl:1", false],
    ["helm:1", true],
  ]);

  assert.match(
    plan(desired({ a: ["y"] }, { web: 1 }), { ...fresh, images }),
    /^fetch image kubectl:1 \(not there\)\napply manifest a/,
  );
});

test("where all is as it was applied nothing is to be done", () => {
  const wish = desired({ a: ["x"] }, { web: 1 });

  assert.equal(plan(wish, settledState(wish, now)), "nothing to do\n");
});

test("another content, an object that is gone, another one of its name, and a changed one are causes to apply", () => {
  const wish = desired({ a: ["x"] });
  const settled = settledState(wish, now);
  const there = { state: "there", uid: uidOf(settled, "x"), mark: "ours", isOurs: true, isKept: false } as const;

  const causes = [
    plan(desired({ a: ["x", "y"] }), settled),
    plan(wish, withObject(settled, "x", { state: "missing" })),
    plan(wish, withObject(settled, "x", { ...there, uid: "another" })),
    plan(wish, withObject(settled, "x", { ...there, mark: "theirs" })),
    plan(wish, withObject(settled, "x", { state: "unknown", reason: "no" })),
  ];

  assert.deepEqual(causes, [
    "apply manifest a (its content changed)\n",
    "apply manifest a (ConfigMap n/x is gone)\n",
    "apply manifest a (ConfigMap n/x is another one)\n",
    "apply manifest a (ConfigMap n/x was changed)\n",
    "nothing to do\n",
  ]);
});

test("what is no longer in a manifest is deleted after all is applied, while it is the one that was applied", () => {
  const settled = settledState(desired({ a: ["x", "y"], b: ["z"] }), now);
  const there = { state: "there", uid: uidOf(settled, "y"), mark: "ours", isOurs: true, isKept: false } as const;
  const wish = desired({ a: ["x"], b: ["z", "w"] });

  assert.equal(
    plan(wish, settled),
    `apply manifest a (its content changed)
apply manifest b (its content changed)
prune manifest a: delete ConfigMap n/y (no longer in the manifest)
`,
  );
  for (const other of [{ ...there, uid: "another" }, { ...there, isKept: true }, { state: "missing" } as const])
    assert.match(plan(wish, withObject(settled, "y", other)), /prune manifest a: forget ConfigMap n\/y \(/);
});

test("an object that moves to another manifest is not deleted", () => {
  const settled = settledState(desired({ a: ["x", "y"], b: ["z"] }), now);

  assert.equal(
    plan(desired({ a: ["x"], b: ["y", "z"] }), settled),
    "apply manifest a (its content changed)\napply manifest b (its content changed)\n",
  );
  assert.equal(
    plan(desired({ b: ["x", "y", "z"] }), settled),
    `apply manifest b (its content changed)
prune manifest a: forget it (the manifest is no longer desired)
`,
  );
});

test("an object that was recorded before it was made is deleted only when its fields are ours", () => {
  const settled = settledState(desired({ a: ["x", "y"] }), now);
  const { record } = cluster(settled);
  const objects = (record.manifests["a"]?.objects ?? []).map(({ uid: _uid, mark: _mark, ...ref }) => ref);
  const cut = withCluster(settled, { record: { ...record, manifests: { a: { digest: "", objects } } } });
  const theirs = { state: "there", uid: "u", mark: "theirs", isOurs: false, isKept: false } as const;
  const wish = desired({ a: ["x"] });

  assert.match(plan(wish, cut), /^apply .*did not come to its end\)\nprune manifest a: delete ConfigMap n\/y/);
  assert.match(plan(wish, withObject(cut, "y", theirs)), /prune manifest a: forget ConfigMap n\/y/);
});

test("a manifest that is no longer desired goes with its objects, and stays while one cannot be looked at", () => {
  const settled = settledState(desired({ a: ["x", "y"] }), now);

  assert.equal(
    plan(desired({}), settled),
    "prune manifest a: delete ConfigMap n/x, delete ConfigMap n/y (the manifest is no longer desired)\n",
  );
  assert.equal(
    plan(desired({}), withObject(settled, "y", { state: "unknown", reason: "no" })),
    `prune manifest a: delete ConfigMap n/x (the manifest is no longer desired)
! manifest/a: ConfigMap n/y cannot be looked at, so it stays (waiting)
`,
  );
});

test("a manifest that failed rests for a while, under this config and with this content, and the others go on", () => {
  const wish = desired({ a: ["x"], b: ["y"] });
  const digest = wish.clusterObjects?.manifests[0]?.digest ?? "";
  const verdict = { digest, config: wish.config, state: "postponed", reason: "no\nreally", at: now, tries: 1 } as const;
  const after = (until: number): ObservedState => ({
    ...fresh,
    ledger: { ...emptyLedger, known: true, verdicts: { "manifest/a": { ...verdict, until } } },
  });

  assert.equal(
    plan(wish, after(now + 1)),
    "apply manifest b (not applied yet)\n! manifest/a: no (postponed)\n    really\n",
  );
  assert.match(plan(wish, after(now)), /^apply manifest a/);
  assert.match(plan(desired({ a: ["z"], b: ["y"] }), after(now + 1)), /^apply manifest a/);
});

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

test("a host that does not apply says who does or why, and one whose API is away waits", () => {
  const wish = desired({ a: ["x"] });

  assert.equal(
    plan(wish, { ...fresh, cluster: { state: "outdated", generation: 2 } }),
    "! cluster/objects: the cluster has objects of generation 2, and this host config's are without a generation; deliver the newest host config (waiting)\n",
  );

  assert.equal(
    plan(wish, { ...fresh, cluster: { state: "elsewhere", holder: "h2" } }),
    "nothing to do\n# the objects of the cluster are applied by h2\n",
  );
  assert.equal(
    plan(wish, { ...fresh, cluster: { state: "unreachable", reason: "ECONNREFUSED" } }),
    "! cluster/objects: ECONNREFUSED (waiting)\n",
  );
  assert.equal(
    plan(wish, withCluster(fresh, { held: false })),
    `apply manifest a (not applied yet)
# nobody applies the objects of the cluster yet: this host would
`,
  );
});

const names = fc.uniqueArray(fc.constantFrom("p", "q", "r", "s"), { minLength: 1, maxLength: 3 });
/** No object in two manifests. */
const wishes = fc
  .record({
    manifests: fc.dictionary(fc.constantFrom("a", "b", "c"), names, { maxKeys: 3 }),
    releases: fc.dictionary(fc.constantFrom("web", "db"), fc.nat(2), { maxKeys: 2 }),
    namespace: fc.constantFrom("apps", "other"),
  })
  .map(({ manifests, releases, namespace }) => {
    const own = Object.entries(manifests).map(
      ([name, objects]) => [name, objects.map((one) => `${one}-${name}`)] as const,
    );
    return desired(Object.fromEntries(own), releases, namespace);
  });

test("any prefix of a plan, then new plans, converge to what is desired and nothing more", () => {
  fc.assert(
    fc.property(wishes, wishes, fc.nat(10), (before, wish, cut) => {
      const start = settledState(before, now);
      let state = simulate(start, reconcile({ desired: wish }, start).steps.slice(0, cut));

      for (let round = 0; round < 5; round++) state = simulate(state, reconcile({ desired: wish }, state).steps);

      assert.equal(plan(wish, state), "nothing to do\n");
      const { record, objects, releases } = cluster(state);
      const there = [...objects].filter(([, object]) => object.state === "there").map(([key]) => key);
      const wanted = (wish.clusterObjects?.manifests ?? []).flatMap((manifest) => manifest.objects.map(objectKey));
      assert.deepEqual(there.toSorted(), wanted.toSorted());
      assert.deepEqual(Object.keys(record.releases).toSorted(), [...releases.keys()].toSorted());
      assert.deepEqual(
        [...releases.keys()].toSorted(),
        wish.clusterObjects?.releases.map(({ name }) => name),
      );
    }),
    { numRuns: 200 },
  );
});
