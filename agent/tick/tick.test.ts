// What a tick does on a host in memory: nothing twice, nothing foreign, nothing by a wrong config.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { createFakeHost, selfImage } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";
import { config, files, mutations, one, programs, settledHost } from "#agent/testing/small-servers.ts";

test("a tick with nothing to do makes one list, one inspect a container, and no other call", async () => {
  const host = await settledHost(`${one("server:1", files("a"))}  other: {image: "server:1"}\n`);
  const before = host.engine.calls.length;

  await host.tick();

  assert.deepEqual(
    host.engine.calls.slice(before).map((call) => call.method),
    ["list", "inspect", "inspect"],
  );
});

test("the first start looks once for each image, also when it looks again under the lock", async () => {
  const host = createFakeHost(programs);
  host.give(config(`${one("server:1", files("a"))}  other: {image: "server:1"}\n`));

  await host.tick();

  const calls = host.engine.calls.map((call) => call.method);
  assert.deepEqual(
    calls.filter((method) => method === "list" || method === "inspectImage"),
    // the first of them asks whether containers remember a host config
    ["list", "list", "inspectImage", "list"],
  );
});

test("after the loss of all state a tick changes nothing", async () => {
  const host = await settledHost(one("server:1", files("a")));
  host.loseState();
  const before = host.engine.calls.length;

  const { result } = await host.tick();

  assert.equal(result, "settled");
  assert.deepEqual(mutations(host, before), []);
});

test("foreign containers with our names are never touched, and other components go on", async () => {
  const host = createFakeHost(programs);
  const spec = plainSpec({
    image: "server:1",
    labels: { owner: "somebody" },
    networkMode: "bridge",
    stopTimeoutSeconds: 1,
  });
  const foreign = await host.engine.create({ name: "web", spec, labels: {}, restart: "no", resources: {} });
  host.give(config(`${one("server:1")}  other: {image: "server:1"}\n`));

  const result = await reportOfTick(host);

  assert.equal(result.blocked[0]?.code, "name-taken");
  assert.equal((await host.engine.inspect(foreign)).state, "created");
  assert.equal((await host.engine.inspect("other")).state, "running");
});

test("a host of another cluster is refused", async () => {
  const host = await settledHost(one("server:1"));
  host.loseState();
  host.give(config(one("server:1")).replace("cluster: demo", "cluster: other"));
  const before = host.engine.calls.length;

  await assert.rejects(host.tick(), (error) => isFlexkubeError(error, "CONFIG_OTHER_CLUSTER"));

  assert.deepEqual(mutations(host, before), []);
});

test("a bad new config is reported with its problems and the last good one stays in force", async () => {
  const host = await settledHost(one("server:1"));
  host.give(config("  web: {image: 5, nonsense: true}\n"));
  host.engine.containers.forEach((container) => void host.engine.kill(container.id, "KILL"));

  const result = await reportOfTick(host);

  assert.equal(result.result, "config-invalid");
  assert.deepEqual(
    result.problems.map((problem) => problem.path).toSorted((a, b) => (a < b ? -1 : 1)),
    ["containers.web.image", "containers.web.nonsense"],
  );
  assert.equal(host.engine.containers[0]?.state, "running");
});

test("a lower generation than the one in force is refused", async () => {
  const host = createFakeHost(programs);
  host.give(config(one("server:2"), 2));
  await host.settle();
  host.give(config(one("server:1"), 1));

  const result = await reportOfTick(host);

  assert.match(result.problems[0]?.problem ?? "", /generation 1 is older than 2/);
  assert.equal(host.engine.containers[0]?.image, "server:2");
});

test("a second agent says who holds the lock, and a dead holder's lock is taken over", async () => {
  const host = createFakeHost(programs);
  host.give(config(one("server:1")));
  const spec = plainSpec({
    image: selfImage,
    networkMode: "none",
    stopTimeoutSeconds: 1,
    args: ["version"],
  });
  const labels = { "flexkube.helper": "lock", "flexkube.holder": "somebody", "flexkube.nonce": "1" };
  const lock = await host.engine.create({ name: "flexkube-lock", spec, labels, restart: "no", resources: {} });
  const agent = await host.newAgent();
  const living = { ...agent, holder: { id: "me", isAlive: async () => Promise.resolve(true) } };

  const locked = await reportOfTick(host, { agent: living });

  assert.equal(locked.result, "locked");
  assert.match(locked.error?.details ?? "", /somebody/);
  assert.equal((await host.engine.inspect(lock)).state, "created");
  await host.settle();
  assert.deepEqual(
    host.engine.containers.map((container) => container.name),
    ["web"],
  );
});

test("an engine that fails or does not answer is reported, and the next tick converges", async () => {
  const host = createFakeHost(programs);
  host.give(config(one("server:1")));
  host.engine.faults.fail("create", engineUnreachable("create", "socket hang up"), 1);

  const first = await reportOfTick(host);

  assert.equal(first.result, "failed");
  assert.equal(first.error?.code, "ENGINE_UNREACHABLE");
  await host.settle();
  assert.equal(host.engine.containers[0]?.state, "running");
});

test("a container waits for the one it depends on", async () => {
  const host = createFakeHost({ ...programs });
  host.give(
    config(
      `  base: {image: "broken:1", restart: "no", probe: {deadline: 2s}}\n  web: {image: "server:1", dependsOn: [base]}\n`,
    ),
  );

  const result = await reportOfTick(host);

  assert.equal(result.components.find((component) => component.container === "web")?.state, "missing");
  host.give(config(`  base: {image: "server:1"}\n  web: {image: "server:1", dependsOn: [base]}\n`));
  await host.settle();
  assert.deepEqual(
    host.engine.containers.map((container) => [container.name, container.state]),
    [
      ["base", "running"],
      ["web", "running"],
    ],
  );
});

test("a directory that a failing component would have made first is made for the other one that needs it", async () => {
  const mounts = `    mounts:\n      - {source: /srv/data, target: /data, create: {}}\n`;
  const host = createFakeHost(programs);
  host.give(config(`  absent:\n    image: absent:1\n${mounts}${one("server:1", mounts)}`));

  const { executions } = await host.tick();

  assert.deepEqual(
    executions[0]?.failures.map(({ step }) => step.kind),
    ["fetchImage"],
  );
  assert.equal(host.engine.host.stat("/srv/data").mode & 0o7777, 0o755);
  assert.deepEqual(
    host.engine.containers.map(({ name, state }) => [name, state]),
    [["web", "running"]],
  );
});
