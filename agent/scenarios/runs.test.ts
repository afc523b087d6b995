// Containers that end by themselves on a host in memory: what the agent's event log and report say of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeHost, type FakeHost } from "#agent/testing/fake-host.ts";
import { config, one, programs } from "#agent/testing/small-servers.ts";

const looping = { ...programs, "flaky:1": () => ({ endsAfterMs: 30_000, exitCode: 2 }) };

async function told(host: FakeHost): Promise<readonly string[]> {
  const events = await host.state.readEvents(100);
  return events.map(({ kind, container, cause }) => `${container} ${kind}: ${cause}`);
}

test("restarts by the engine are told by number, and a quiet tick tells nothing and writes nothing", async () => {
  const host = createFakeHost(looping);
  host.give(config(one("flaky:1")));
  await host.settle();
  const before = await told(host);
  const known = await host.state.readRuns();
  await host.tick();
  assert.deepEqual([await told(host), await host.state.readRuns()], [before, known]);

  for (let count = 0; count < 3; count++) {
    await host.clock.sleep(31_000);
    await host.tick();
  }

  const after = (await told(host)).slice(before.length);
  assert.equal(after[0], "web restarted: it ended and the engine started it again, 1st time");
  assert.ok(after.length >= 2 && after.every((line) => line.startsWith("web restarted: it ended and the engine")));
});

test("what the agent starts, stops and replaces is told by its own events alone", async () => {
  const host = createFakeHost(looping);
  host.give(config(one("server:1")));
  await host.settle();
  host.give(config(one("server:2")));
  await host.settle();
  await host.tick();

  assert.deepEqual(
    (await told(host)).filter((line) => / (?:restarted|ended): /.test(line)),
    [],
  );
});

test("a start and a stop by hand are told, each once", async () => {
  const host = createFakeHost(looping);
  host.give(config(one("server:1")));
  await host.settle();
  await host.engine.stop("web", 1);
  await host.engine.start("web");

  await host.tick();
  await host.engine.stop("web", 1);
  await host.tick();
  await host.tick();

  assert.deepEqual(
    (await told(host)).filter((line) => / (?:restarted|ended): /.test(line)),
    ["web restarted: it was started again, but not by the agent", "web ended: it ended, but not by the agent"],
  );
});
