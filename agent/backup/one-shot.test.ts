// The container that does one thing about backups, on an engine in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { engineConflict } from "#agent/engine/errors.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import type { Holder } from "#agent/self/holder.ts";
import { ruleOf } from "#agent/testing/fake-member.ts";
import { Secret } from "#shared/secret.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { snapshotFiles, snapshotSpec } from "./backup-containers.ts";
import { clearOneShot, oneShotName, removeOneShot, runOneShot } from "./one-shot.ts";
import type { OneShot } from "./one-shot.ts";

const rule = ruleOf("h1", ["h1"], {
  tls: { ca: "the CA", certificate: "the certificate", key: new Secret("the secret key") },
});

function prepared(
  program: (run: FakeRun) => FakeOutcome,
  isAlive: Holder["isAlive"] = async () => Promise.resolve(false),
) {
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  engine.program(rule.image, program);
  engine.host.mkdir("/var/lib/flexkube-backup");
  const shot: OneShot = {
    step: "etcdctl snapshot save",
    spec: snapshotSpec(rule, rule.directory),
    resources: {},
    deadlineMs: 60_000,
    files: snapshotFiles(rule),
  };
  const ports = { engine, clock, log: pino({ level: "silent" }), cluster: "demo", host: "h1" };
  const run = async (id = "me", signal = new AbortController().signal, lockTimeoutMs?: number): Promise<void> =>
    runOneShot({ ...ports, holder: { id, isAlive }, lockTimeoutMs }, shot, signal);
  return { engine, clock, run };
}

async function failure(promise: Promise<void>): Promise<string> {
  return promise.then(
    () => "none",
    (error: unknown) => (isFlexkubeError(error) ? `${error.code} ${JSON.stringify(error.details)}` : String(error)),
  );
}

test("it has the directory of backups and the keys that it needs, says them nowhere, and goes when it is done", async () => {
  const seen: string[] = [];
  const { engine, run } = prepared(({ command, env, labels, files }) => {
    seen.push(JSON.stringify({ command, env, labels }));
    files.write("/backups/.demo-h1-taking", files.read("/flexkube/client.key"));
    return { endsAfterMs: 1000 };
  });

  await run();

  assert.equal(engine.host.read("/var/lib/flexkube-backup/.demo-h1-taking").toString(), "the secret key");
  assert.deepEqual(engine.containers, []);
  assert.doesNotMatch(`${seen.join()}${JSON.stringify(engine.calls)}`, /the secret key/);
});

test("one that fails is told with its last words, and removed", async () => {
  const { engine, run } = prepared(({ log }) => {
    log("Error: no space left on device");
    return { endsAfterMs: 10, exitCode: 1 };
  });

  assert.match(await failure(run()), /^STEP_FAILED .*etcdctl snapshot save.*no space left on device/);
  assert.deepEqual(engine.containers, []);
});

test("one that found another run at work is tried again later, as one whose name is taken", async () => {
  const { engine, run } = prepared(({ log }) => {
    log("the snapshot is gone: another backup is under way on this host");
    return { endsAfterMs: 10, exitCode: 75 };
  });

  assert.match(await failure(run()), /^STEP_LOCKED/);
  assert.deepEqual(engine.containers, []);
});

test("one that does not end is ended, and so is one whose agent is told to end", async () => {
  const { engine, run } = prepared(() => ({}));

  assert.match(await failure(run()), /^ENGINE_TIMEOUT/);
  assert.deepEqual(engine.containers, []);

  const stop = new AbortController();
  stop.abort(new Error("SIGTERM"));
  assert.match(await failure(run("me", stop.signal)), /SIGTERM/);
  assert.deepEqual(engine.containers, []);
});

test("what a killed agent left is removed; another process at work is waited for; a stranger's name is told", async () => {
  const alive = new Set(["other"]);
  const { engine, clock, run } = prepared(
    () => ({ endsAfterMs: 10 }),
    async (holder) => Promise.resolve(alive.has(holder)),
  );
  const left = async (id: string): Promise<void> => {
    await engine.create({
      name: oneShotName,
      spec: snapshotSpec(rule, rule.directory),
      labels: { "flexkube.helper": "backup", "flexkube.cluster": "demo", "flexkube.host": "h1", "flexkube.holder": id },
      restart: "no",
      resources: {},
    });
  };
  await left("other");
  assert.match(await failure(run()), /^STEP_LOCKED/);

  const gone = clock.sleep(20_000).then(async () => removeOneShot(engine));
  assert.equal(await failure(run("me", new AbortController().signal, 30_000)), "none");
  await gone;
  await left("other");
  assert.match(await failure(run("me", new AbortController().signal, 30_000)), /^STEP_LOCKED/);

  alive.clear();
  assert.equal(await failure(run()), "none");

  await left("me");
  assert.equal(await failure(run()), "none");

  await left("other");
  alive.add("other");
  const holder = { id: "me", isAlive: async (id: string) => Promise.resolve(alive.has(id)) };
  await clearOneShot({ engine, holder });
  assert.equal(engine.containers.length, 1);
  alive.clear();
  await clearOneShot({ engine, holder });
  assert.deepEqual(engine.containers, []);

  await left("other");
  await removeOneShot(engine);
  assert.deepEqual(engine.containers, []);

  const spec = snapshotSpec(rule, rule.directory);
  await engine.create({ name: oneShotName, spec, labels: {}, restart: "no", resources: {} });
  assert.match(await failure(run()), /^ENGINE_CONFLICT/);
  assert.equal(engine.containers.length, 1);
});

test("a name that is taken while no list has it, or taken again at once, is another one's at work", async () => {
  const { engine, run } = prepared(() => ({ endsAfterMs: 10 }));
  const conflict = engineConflict("create", "the name is in use");
  engine.faults.fail("create", conflict);
  assert.match(await failure(run()), /^STEP_LOCKED/);
  assert.equal(await failure(run()), "none");

  const spec = snapshotSpec(rule, rule.directory);
  const labels = { "flexkube.helper": "backup", "flexkube.holder": "dead" };
  await engine.create({ name: oneShotName, spec, labels, restart: "no", resources: {} });
  engine.faults.fail("create", conflict, 2);
  assert.match(await failure(run()), /^STEP_LOCKED/);
});
