// The lock as a Lease: what two hosts and a dead one make of it, on a Kubernetes API in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeKubernetes } from "#agent/testing/fake-kubernetes.ts";
import { textAt } from "#shared/json-fields.ts";
import { createSightings } from "#agent/kubernetes/lease-sightings.ts";
import { Secret } from "#shared/secret.ts";
import type { DisruptionLock, LockRecord } from "./disruption-lock.ts";
import { createLeaseLock } from "./lease-lock.ts";

const api = { server: "https://127.0.0.1:7443", ca: "", certificate: "", key: new Secret("") };

function setUp() {
  const clock = new FakeClock();
  const kubernetes = new FakeKubernetes();
  /** A lock as one process sees it. */
  const lock = (): DisruptionLock =>
    createLeaseLock({
      api,
      ttlMs: 30_000,
      connect: kubernetes.connect,
      clock,
      sightings: createSightings(clock),
    });
  return { clock, kubernetes, lock };
}

function record(host: string, nonce = host): LockRecord {
  return { host, component: "kube-apiserver", container: "kube-apiserver", since: 1, nonce };
}

test("one host takes it, the other sees for whom it waits and takes it when it is free", async () => {
  const { lock } = setUp();
  const [h1, h2] = [lock(), lock()];

  const grant = await h1.take(record("h1"), {});
  const refused = await h2.take(record("h2"), {});
  const seen = await h2.read({});
  await h1.free({ host: "h1", component: "kube-apiserver", container: "kube-apiserver" }, {});
  const later = await h2.take(record("h2"), {});

  assert.ok(grant !== undefined);
  assert.equal(refused, undefined);
  assert.deepEqual([seen.holder?.host, seen.holder?.component], ["h1", "kube-apiserver"]);
  assert.ok(later !== undefined);
  assert.equal(await h1.holds(grant, {}), false);
  assert.equal(await h1.keep(grant, {}), false);
});

test("a dead holder's lock is free once nobody has renewed it for a whole lease, as another host has seen it", async () => {
  const { clock, lock } = setUp();
  await lock().take(record("h1"), {});
  const h2 = lock();
  clock.skip(29_000);
  assert.equal(await h2.take(record("h2"), {}), undefined);
  clock.skip(29_000);
  assert.equal(await h2.take(record("h2"), {}), undefined);
  clock.skip(1000);

  const grant = await h2.take(record("h2"), {});

  assert.ok(grant !== undefined);
});

test("renewals keep it", async () => {
  const { clock, lock } = setUp();
  const [h1, h2] = [lock(), lock()];
  const grant = await h1.take(record("h1"), {});
  assert.ok(grant !== undefined);
  for (let count = 0; count < 5; count++) {
    clock.skip(10_000);
    assert.equal(await h1.keep(grant, {}), true);
    assert.equal(await h2.take(record("h2"), {}), undefined);
  }

  assert.equal(await h1.holds(grant, {}), true);
});

test("what the same host held as another process is taken over, and the older grant is worth nothing", async () => {
  const { lock } = setUp();
  const before = await lock().take(record("h1", "first"), {});
  const h1 = lock();

  const after = await h1.take(record("h1", "second"), {});

  assert.ok(before !== undefined && after !== undefined);
  assert.deepEqual([await h1.holds(before, {}), await h1.holds(after, {})], [false, true]);
});

test("a failed rollout stays beside the lock until it works", async () => {
  const { lock } = setUp();
  const h1 = lock();
  const about = { host: "h1", component: "kube-apiserver", container: "kube-apiserver" };
  const failed = { host: "h1", component: "kube-apiserver", rollout: "abc", reason: "not healthy in time", at: 5 };
  await h1.take(record("h1"), {});
  await h1.free({ ...about, failed }, {});
  const told = await lock().read({});
  await h1.free({ ...about, worked: "abc" }, {});

  assert.deepEqual(told, { holder: undefined, failed: [failed] });
  assert.deepEqual((await lock().read({})).failed, []);
});

test("of two that write at once one has it", async () => {
  const { lock } = setUp();

  const grants = await Promise.all(["h1", "h2", "h3"].map(async (host) => lock().take(record(host), {})));

  assert.equal(grants.filter((grant) => grant !== undefined).length, 1);
});

test("an API that does not answer is an error, not a free lock", async () => {
  const { kubernetes, lock } = setUp();
  kubernetes.down = true;

  await assert.rejects(lock().read({}), { code: "KUBERNETES_UNREACHABLE" });
});

for (const days of [400, -400])
  test(`a living holder keeps it and stamps what its clock shows, when clocks jump by ${days} days`, async () => {
    const { clock, kubernetes, lock } = setUp();
    const [h1, h2] = [lock(), lock()];
    const grant = await h1.take(record("h1"), {});
    assert.ok(grant !== undefined);
    const refused: unknown[] = [];

    for (let count = 0; count < 5; count++) {
      clock.skip(10_000);
      clock.setBy(count % 2 === 0 ? days * 86_400_000 : -days * 86_400_000);
      refused.push(await h2.take(record("h2"), {}), await lock().take(record("h3"), {}));
      assert.equal(await h1.keep(grant, {}), true);
    }

    assert.deepEqual(refused, Array.from({ length: 10 }));
    const lease = kubernetes.object("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/flexkube-disruption");
    assert.equal(Date.parse(textAt(lease, "spec", "renewTime")), clock.wall().epochMs);
  });
