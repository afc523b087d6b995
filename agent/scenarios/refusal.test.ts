// What the agent makes of an engine that refuses to make or start a container: whose fault it is, and when it tries again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineRefused } from "#agent/engine/errors.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { refuseStartsOf } from "#agent/testing/refuse-starts.ts";

const programs = { "server:1": () => ({}), "server:2": () => ({}) };
const config = (image: string): string =>
  `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\ncontainers:\n  web:\n    image: ${image}\n    restart: always\n    probe: {settle: 1s, deadline: 5s}\n`;

const troubled = engineRefused("call", { status: 500, reason: "no space left on device" });
const nonsense = engineRefused("call", { status: 400, reason: "no such device" });

async function changedHost(): Promise<FakeHost> {
  const host = createFakeHost(programs);
  host.give(config("server:1"));
  await host.settle();
  host.give(config("server:2"));
  return host;
}

const web = (host: FakeHost): readonly string[] =>
  host.engine.containers.map(({ name, image, state }) => `${name} ${image} ${state}`);
const verdictOf = async (host: FakeHost) => (await host.state.readLedger()).ledger.verdicts["web"];

for (const call of ["create", "start"] as const) {
  test(`a ${call} that the engine failed by an error of its own goes back, and is tried again later`, async () => {
    const host = await changedHost();
    // the lock and the config container are made before the new container is
    failNext(host, call, troubled);

    await host.tick();

    assert.deepEqual(web(host), ["web server:1 running"]);
    assert.equal((await verdictOf(host))?.state, "postponed");
    await host.clock.sleep(30_000);
    await host.settle();
    assert.deepEqual(web(host), ["web server:2 running"]);
  });

  test(`a ${call} that the engine refused as wrong goes back, and is not tried again`, async () => {
    const host = await changedHost();
    failNext(host, call, nonsense);

    await host.tick();

    assert.deepEqual(web(host), ["web server:1 running"]);
    assert.equal((await verdictOf(host))?.state, "rejected");
  });
}

test("an engine that refuses the way back too has not told anything about the old container", async () => {
  const host = await changedHost();
  failNext(host, "start", troubled, 20);
  for (let count = 0; count < 3; count++) await host.tick();

  const verdict = await verdictOf(host);

  assert.deepEqual([verdict?.state, verdict?.tries], ["failed", 1]);
  host.engine.faults.clear();
  await host.clock.sleep(30_000);
  await host.tick();
  assert.deepEqual(web(host), ["web server:1 running"]);
  await host.clock.sleep(30_000);
  await host.settle();
  assert.deepEqual(web(host), ["web server:2 running"]);
});

test("a container that alone fails in the engine again and again is rejected in the end", async () => {
  const host = await changedHost();

  for (let count = 0; count < 6; count++) {
    assert.notEqual((await verdictOf(host))?.state, "rejected");
    failNext(host, "start", troubled);
    await host.tick();
    await host.clock.sleep(600_000);
  }

  assert.equal((await verdictOf(host))?.state, "rejected");
  assert.deepEqual(web(host), ["web server:1 running"]);
});

/** Only calls for `web`: the agent's helpers are created too. */
function failNext(host: FakeHost, call: "create" | "start", error: Error, times = 1): void {
  host.engine.faults.fail(call, error, times, (subject) => subject.startsWith("web"));
}

test("a container that ran before and cannot be started any more is made anew", async () => {
  const host = createFakeHost(programs);
  host.give(config("server:1"));
  await host.settle();
  const [old] = host.engine.containers;
  await host.engine.stop(old?.id ?? "", 1);
  refuseStartsOf(host, old?.id ?? "");

  await host.tick();

  assert.deepEqual(web(host), ["web server:1 running"]);
  assert.equal(await verdictOf(host), undefined);
});

test("a container that never ran and cannot be started is made anew after a minute, not at every try", async () => {
  const host = createFakeHost(programs);
  const create = host.engine.create.bind(host.engine);
  const made: string[] = [];
  host.engine.create = async (...args) => {
    const id = await create(...args);
    if (args[0].name !== "web") return id;
    made.push(id);
    // as where the container runtime was restarted while the first one started
    if (made.length === 1) refuseStartsOf(host, id);
    return id;
  };
  host.give(config("server:1"));

  await host.tick();
  await host.clock.sleep(30_000);
  await host.tick();
  assert.equal(made.length, 1);
  await host.clock.sleep(30_000);
  await host.tick();

  assert.equal(made.length, 2);
  assert.deepEqual(web(host), ["web server:1 running"]);
});

test("a start that the engine refused while the host began is tried before the container is made anew", async () => {
  const host = createFakeHost(programs);
  host.give(config("server:1"));
  await host.settle();
  const [old] = host.engine.containers;
  await host.engine.stop(old?.id ?? "", 1);
  const inspect = host.engine.inspect.bind(host.engine);
  host.engine.inspect = async (...args) => ({ ...(await inspect(...args)), error: "address already in use" });

  await host.tick();

  assert.deepEqual(
    host.engine.containers.map(({ id, state }) => [id, state]),
    [[old?.id, "running"]],
  );
});
