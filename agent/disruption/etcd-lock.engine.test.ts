// The lock in a real etcd, by its JSON gateway: what two hosts and a dead one make of it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { eventually } from "#lab/eventually.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { freePort } from "#lab/free-port.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { Secret } from "#shared/secret.ts";
import type { DisruptionLock, LockRecord } from "./disruption-lock.ts";
import { createEtcdLock } from "./etcd-lock.ts";

const etcd = process.env["ETCD"] ?? "/usr/bin/etcd";
const isAbsent = !existsSync(etcd) && process.env["REQUIRE_DOCKER"] !== "1";
const skip = isAbsent && `no ${etcd}`;

/** One member of its own with TLS. Of the two endpoints the first is one where nobody listens. */
async function startEtcd(context: TestContext, ttlMs = 60_000): Promise<() => DisruptionLock> {
  const directory = temporaryRoot(context);
  const pki = makeCertificate(directory);
  const client = `https://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const away = `https://127.0.0.1:${await freePort()}`;
  const child = spawn(
    etcd,
    [
      "--name=h1",
      `--data-dir=${directory}/data`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=h1=${peer}`,
      `--trusted-ca-file=${pki.caFile}`,
      `--cert-file=${pki.certificateFile}`,
      `--key-file=${pki.keyFile}`,
      "--client-cert-auth",
    ],
    { stdio: "ignore" },
  );
  context.after(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  const tls = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };
  const lock = (): DisruptionLock =>
    createEtcdLock(createEtcdGateway({ endpoints: [away, client], tls }), {
      prefix: "/flexkube/demo/disruption/",
      ttlMs,
    });
  await eventually(async () => (await lock().read({})).failed.length === 0, { what: "etcd answers" });
  return lock;
}

function record(host: string, nonce = host): LockRecord {
  return { host, component: "etcd", container: `etcd-${host}`, since: 1_790_000_000_000, nonce };
}

test("one of three that take it at once has it, and the others see for whom they wait", { skip }, async (context) => {
  const lock = await startEtcd(context);

  const grants = await Promise.all(["h1", "h2", "h3"].map(async (host) => lock().take(record(host), {})));

  const [grant, ...more] = grants.filter((found) => found !== undefined);
  assert.ok(grant !== undefined);
  assert.deepEqual(more, []);
  const { host, component, container, since } = grant.record;
  assert.deepEqual(await lock().read({}), { holder: { host, component, container, since }, failed: [] });
  assert.equal(await lock().holds(grant, {}), true);
});

test(
  "freed, it can be taken; the old grant is worth nothing, and its lease renews nothing",
  { skip },
  async (context) => {
    const lock = await startEtcd(context);
    const before = await lock().take(record("h1"), {});
    assert.ok(before !== undefined);
    await lock().free({ host: "h2", component: "etcd", container: "etcd-h2" }, {});
    assert.equal(await lock().holds(before, {}), true);

    await lock().free({ host: "h1", component: "etcd", container: "etcd-h1" }, {});
    const after = await lock().take(record("h2"), {});

    assert.ok(after !== undefined);
    assert.deepEqual([await lock().holds(before, {}), await lock().holds(after, {})], [false, true]);
  },
);

test("a renewed lease keeps it; without renewals it ends, and a renewal then says so", { skip }, async (context) => {
  const lock = await startEtcd(context, 5000);
  const grant = await lock().take(record("h1"), {});
  assert.ok(grant !== undefined);
  assert.equal(await lock().keep(grant, {}), true);

  await eventually(async () => (await lock().read({})).holder === undefined, {
    what: "the lease ends",
    deadlineMs: 30_000,
  });

  assert.equal(await lock().keep(grant, {}), false);
  assert.equal(await lock().holds(grant, {}), false);
});

test("what this host held as another process is taken over with a new lease", { skip }, async (context) => {
  const lock = await startEtcd(context);
  const before = await lock().take(record("h1", "first"), {});

  const after = await lock().take(record("h1", "second"), {});

  assert.ok(before !== undefined && after !== undefined);
  assert.notEqual(after.lease, before.lease);
  assert.deepEqual([await lock().holds(before, {}), await lock().holds(after, {})], [false, true]);
});

test("a failed rollout is left in the step that frees the lock, and goes once it works", { skip }, async (context) => {
  const lock = await startEtcd(context);
  const failed = { host: "h1", component: "etcd", rollout: "abc", reason: "ended with exit code 1", at: 7 };
  const about = { host: "h1", component: "etcd", container: "etcd-h1" };
  await lock().take(record("h1"), {});

  await lock().free({ ...about, failed }, {});

  assert.deepEqual(await lock().read({}), { holder: undefined, failed: [failed] });
  await lock().free({ ...about, worked: "other" }, {});
  assert.deepEqual((await lock().read({})).failed, [failed]);
  await lock().free({ ...about, worked: "abc" }, {});
  assert.deepEqual((await lock().read({})).failed, []);
});
