// A change that does not work, on a host in memory: the old container and its files come back.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { engineNotFound, engineRefused, engineUnreachable } from "#agent/engine/errors.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";
import { config, files, mutations, one, server, settledHost } from "#agent/testing/small-servers.ts";

test("the old container is back and running when the new one does not become healthy, and it is not tried again", async () => {
  const host = await settledHost(one("server:1", files("a")));
  const [old] = host.engine.containers;
  host.give(config(one("broken:1", files("b"))));

  await host.tick();
  const calls = host.engine.calls.length;
  const second = await host.tick();

  const [now] = host.engine.containers;
  assert.equal(now?.id, old?.id);
  assert.deepEqual([now?.name, now?.state, now?.restart], ["web", "running", "always"]);
  assert.equal(host.engine.host.text("/etc/kubernetes/web/live/live.conf"), "a");
  assert.deepEqual(mutations(host, calls), []);
  assert.equal(second.plan?.blocked[0]?.code, "rejected");
});

test("exit code and last lines of the failed container are in the event log", async () => {
  const host = await settledHost(one("server:1"));
  host.give(config(one("broken:1")));

  await host.tick();

  const failed = (await host.state.readEvents(50)).find((event) => event.kind === "failed");
  assert.match(failed?.output ?? "", /cannot bind/);
  assert.ok(failed?.cause !== undefined);
});

test("the old container comes back whatever reading of the new one's output answers", async () => {
  const troubles = {
    "501": engineRefused("logs", { status: 501, reason: "the driver does not support reading" }),
    "500": engineRefused("logs", { status: 500, reason: "journald is not enabled on this host" }),
    "404": engineNotFound("logs", "no such container"),
    broken: engineUnreachable("logs", "the engine closed the connection"),
    hangs: "hang",
  } as const;
  for (const [name, trouble] of Object.entries(troubles)) {
    const host = await settledHost(one("server:1"));
    host.give(config(one("broken:1")));
    if (trouble === "hang") host.engine.faults.hang("logs", 99);
    else host.engine.faults.fail("logs", trouble, 99);

    await host.tick();

    const found = host.engine.containers.map(({ name: at, image, state }) => [at, image, state]);
    assert.deepEqual(found, [["web", "server:1", "running"]], name);
    const failed = (await host.state.readEvents(50)).find((event) => event.kind === "failed");
    assert.match(failed?.output ?? "", /\(its output cannot be read: /, name);
  }
});

test("a third config is taken after a rejected one", async () => {
  const host = await settledHost(one("server:1"));
  host.give(config(one("broken:1")));
  await host.tick();
  host.give(config(one("server:2")));

  await host.settle();

  assert.equal(host.engine.containers[0]?.image, "server:2");
});

test("a rejected config that comes again after another was in force is tried again", async () => {
  let works = false;
  const mended = (): FakeOutcome => (works ? {} : { endsAfterMs: 5, exitCode: 3 });
  const host = createFakeHost({ "server:1": server, "mended:1": mended });
  host.give(config(one("server:1")));
  await host.settle();
  host.give(config(one("mended:1")));
  await host.tick();
  host.give(config(one("server:1")));
  await host.settle();
  works = true;
  host.give(config(one("mended:1")));

  await host.settle();

  assert.equal(host.engine.containers[0]?.image, "mended:1");
});

test("when the old container does not work either, nothing is rejected for good and the new one is tried again later", async () => {
  let faultElsewhere = false;
  const dependent = (): FakeOutcome => (faultElsewhere ? { endsAfterMs: 5, exitCode: 1 } : {});
  const host = createFakeHost({ "dependent:1": dependent, "dependent:2": dependent });
  host.give(config(one("dependent:1")));
  await host.settle();
  faultElsewhere = true;
  host.give(config(one("dependent:2")));

  for (let count = 0; count < 6; count++) {
    await host.tick();
    await host.clock.sleep(5000);
  }
  const { ledger } = await host.state.readLedger();
  assert.equal(ledger.verdicts["web"]?.state, "postponed");
  faultElsewhere = false;
  await host.clock.sleep(600_000);
  await host.settle();

  assert.equal(host.engine.containers[0]?.image, "dependent:2");
});

test("a refused check leaves the live files and the container as they were", async () => {
  const checked = ({ command }: FakeRun): FakeOutcome =>
    command.includes("--check") ? { endsAfterMs: 1, exitCode: 1 } : {};
  const host = createFakeHost({ "checked:1": checked });
  const of = (content: string): string =>
    config(
      one("checked:1", `    check: [--check]\n    files: [{path: a.conf, content: ${content}, effect: signal}]\n`),
    );
  host.give(of("good"));
  await host.settle();
  const id = host.engine.containers[0]?.id;
  host.give(of("bad"));

  const { plan } = await host.tick();

  assert.equal(host.engine.host.text("/etc/kubernetes/web/live/a.conf"), "good");
  assert.equal(host.engine.containers[0]?.id, id);
  assert.equal(plan?.blocked[0]?.code, "rejected");
});

test("killed in the middle of a trial, the next agent gives it one deadline and then brings the old one back", async () => {
  const host = await settledHost(one("server:1"));
  const [old] = host.engine.containers;
  host.give(config(one("broken:1")));
  const starts = (): number => host.engine.calls.filter((call) => call.method === "start" && call.mutating).length;
  const before = starts();
  const stop = new AbortController();
  const sleep = host.clock.sleep;
  const agent = await host.newAgent();
  // the agent dies in its first wait after the new container was started
  const dying = {
    ...agent,
    clock: {
      ...agent.clock,
      now: host.clock.now,
      sleep: async (ms: number, signal?: AbortSignal) =>
        starts() > before ? Promise.reject(new Error("killed")) : sleep(ms, signal),
    },
  };
  await reportOfTick(host, { agent: dying, signal: stop.signal });
  assert.deepEqual(
    host.engine.containers.map((container) => container.name),
    ["web", "web.old"],
  );
  await host.clock.sleep(3_600_000);

  await host.tick();

  assert.deepEqual(
    host.engine.containers.map((container) => [container.id, container.name, container.state]),
    [[old?.id, "web", "running"]],
  );
});
