// What is applied, pruned and installed, and why (releases in plan-releases.test.ts); and the laws that hold for any of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { objectKey } from "#shared/state/applied-objects.ts";
import { emptyLedger } from "#shared/state/ledger.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import {
  now,
  desired,
  plan,
  cluster,
  withCluster,
  withObject,
  uidOf,
  fresh,
} from "#shared/reconcile/testing/cluster-states.ts";

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
