// A container that crashes in a loop, on a host in memory whose engine cannot rename it between two restarts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeHost, type FakeHost } from "#agent/testing/fake-host.ts";
import { config, one, programs } from "#agent/testing/small-servers.ts";

/** A first config whose container has crashed for as long as is asked for. */
async function loopingHost(forMs: number, more = ""): Promise<FakeHost> {
  const host = createFakeHost(programs);
  host.give(config(one("broken:1", more)));
  await host.tick();
  await host.clock.sleep(forMs);
  return host;
}

test("a correction of a crash loop is in force within a tick, whenever it comes", async () => {
  for (let forMs = 0; forMs < 40_000; forMs = Math.round(forMs * 1.3) + 17) {
    const host = await loopingHost(forMs);
    host.give(config(one("server:1")));

    const { result } = await host.tick();

    const found = host.engine.containers.map(({ name, image, state, restart }) => [name, image, state, restart]);
    assert.deepEqual(found, [["web", "server:1", "running", "always"]], `after ${forMs} ms`);
    assert.equal(result, "changed", `after ${forMs} ms`);
  }
});

test("a limit and a policy of what crashes in a loop are changed within a tick", async () => {
  const host = await loopingHost(20_000);
  host.give(
    config(
      one("broken:1", "    resources: {memoryBytes: 67108864}\n").replace("restart: always", "restart: on-failure"),
    ),
  );

  await host.tick();

  const [container] = host.engine.containers;
  assert.deepEqual([container?.resources, container?.restart], [{ memoryBytes: 67_108_864 }, "on-failure"]);
});

test("one that crashes in a loop under another name gets its name, and is started", async () => {
  const host = await loopingHost(20_000);
  const [looping] = host.engine.containers;
  await host.engine.stop("web", 1);
  await host.engine.rename("web", "elsewhere");
  await host.engine.start("elsewhere");
  await host.clock.sleep(20_000);

  await host.tick();

  const [container] = host.engine.containers;
  assert.deepEqual([container?.id, container?.name], [looping?.id, "web"]);
  assert.ok(host.engine.calls.some(({ method, subject }) => method === "start" && subject === "web"));
});

test("the agent may die at any call of a correction, and the next one ends it", async () => {
  for (let at = 1; ; at++) {
    const host = await loopingHost(20_000);
    host.give(config(one("server:1")));
    host.engine.faults.crashAfter(at, "after");
    const whole = await host.tick().then(
      () => !host.engine.faults.dead,
      () => false,
    );
    host.engine.faults.clear();

    await host.settle();

    const found = host.engine.containers.map(({ name, image, state }) => [name, image, state]);
    assert.deepEqual(found, [["web", "server:1", "running"]], `cut after call ${at}`);
    if (whole) return;
  }
});
