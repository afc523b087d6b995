// What a tick does under the disruption lock, on a host in memory: waits, takes, keeps, frees, and tells others.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import type { Tick } from "#agent/tick/tick.ts";
import { printPlan, printStep } from "#shared/reconcile/print.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { lockBound } from "#shared/reconcile/testing/lock-bound.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";

const server = (): FakeOutcome => ({});
const broken = ({ log }: FakeRun): FakeOutcome => {
  log("cannot bind");
  return { endsAfterMs: 5, exitCode: 3 };
};
const programs = { "server:1": server, "server:2": server, "server:3": server, "broken:1": broken };

function config(image: string, more = ""): string {
  return `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web: {image: "${image}", restart: always, probe: {settle: 1s, deadline: 5s}}
${more}`;
}

async function settledHost(text = config("server:1")): Promise<FakeHost> {
  const host = createFakeHost(programs, { shape: (desired) => lockBound(desired) });
  host.give(text);
  await host.settle();
  return host;
}

function done({ executions }: Tick): readonly string[] {
  return executions.flatMap((execution) => execution.done).map((step) => printStep(step).replace(/ \(.*/, ""));
}

test("a first start and a second tick ask nobody and take no lock", async () => {
  const host = createFakeHost(programs, { shape: (desired) => lockBound(desired) });
  host.disruption.breakdown = new Error("must not be asked");
  host.give(config("server:1"));

  await host.settle();

  assert.deepEqual(host.disruption.calls, []);
});

test("a replacement takes the lock before the rename and frees it after the old container is gone", async () => {
  const host = await settledHost();
  host.give(config("server:2"));

  const tick = await host.tick();

  assert.deepEqual(done(tick), [
    "take the disruption lock for web",
    "rename web to web.old",
    "update web restart=no",
    "create web from server:2",
    "stop web within 10s",
    "start web",
    "wait until web is healthy, at most 5s",
    "remove the old web",
    "free the disruption lock of web",
  ]);
  assert.equal(host.disruption.holder(), undefined);
  assert.deepEqual(host.disruption.failed, []);
});

test("while another host holds the lock nothing is touched, and the plan says for whom it waits", async () => {
  const host = await settledHost();
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 20_000);
  host.give(config("server:2"));

  const { plan, executions } = await host.tick();

  assert.deepEqual(executions, []);
  assert.equal(plan === undefined ? "" : printPlan(plan), "! web: h2 replaces its web (waiting)\n");
  await host.clock.sleep(20_000);
  await host.settle();
  assert.equal(host.engine.containers[0]?.image, "server:2");
});

test("while a peer does not answer, or the lock cannot be asked for, nothing is touched", async () => {
  const host = await settledHost();
  host.give(config("server:2"));
  host.disruption.silent.add("h3");
  const silent = await host.tick();
  host.disruption.silent.clear();
  host.disruption.breakdown = new Error("no etcd member answers");
  const unknown = await host.tick();

  assert.match(silent.plan?.blocked[0]?.reason ?? "", /no answer from h3/);
  assert.match(unknown.plan?.blocked[0]?.reason ?? "", /cannot be asked for: no etcd member answers/);
  assert.equal(host.engine.containers[0]?.image, "server:1");
});

test("a lost race is no failure: the tick plans anew and waits", async () => {
  const host = await settledHost();
  host.give(config("server:2"));
  host.disruption.before = (call) => {
    if (call === "take") host.disruption.holdElsewhere({ host: "h3", component: "web" }, host.clock.now() + 60_000);
  };

  const { plan, executions, error } = await host.tick();

  assert.equal(error, undefined);
  assert.deepEqual(executions[0]?.failures, []);
  assert.equal(plan?.blocked[0]?.reason, "h3 replaces its web");
  assert.equal(host.engine.containers[0]?.image, "server:1");
});

test("a peer that went down after the plan was made frees the lock again, and nothing is stopped", async () => {
  const host = await settledHost();
  host.give(config("server:2"));
  host.disruption.before = (call) => {
    if (call === "take") host.disruption.silent.add("h2");
  };

  const { plan } = await host.tick();

  assert.match(plan?.blocked[0]?.reason ?? "", /no answer from h2/);
  assert.equal(host.disruption.holder(), undefined);
  assert.equal(host.engine.containers[0]?.image, "server:1");
});

test("a lock that was lost in the middle stops the plan before the container does", async () => {
  const host = await settledHost();
  host.give(config("server:2"));
  const stops = (): number => host.engine.calls.filter(({ method }) => method === "stop").length;
  const before = stops();
  const create = host.engine.create.bind(host.engine);
  host.engine.create = async (...args) => {
    if (args[0].name === "web") {
      host.engine.create = create;
      await host.clock.sleep(1);
      host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 60_000);
    }
    return create(...args);
  };

  const { plan } = await host.tick();

  assert.equal(stops(), before);
  assert.equal(plan?.blocked[0]?.reason, "h2 replaces its web");
  assert.equal(host.engine.containers.filter(({ state }) => state === "running").length, 1);
  await host.clock.sleep(60_000);
  await host.settle();
  assert.deepEqual(
    host.engine.containers.map(({ name, image }) => [name, image]),
    [["web", "server:2"]],
  );
});

test("a trial that fails leaves its rollout beside the lock, and the lock is free", async () => {
  const host = await settledHost();
  host.give(config("broken:1"));

  const { plan } = await host.tick();

  assert.equal(plan?.blocked[0]?.code, "rejected");
  assert.deepEqual(
    host.disruption.failed.map(({ host: on, component, rollout }) => [on, component, rollout]),
    [["h1", "web", "broken:1"]],
  );
  assert.equal(host.disruption.holder(), undefined);
  assert.equal(host.engine.containers[0]?.image, "server:1");
});

test("a rollout that failed on another host is not tried, even when the old container has to be started again", async () => {
  const host = await settledHost();
  const [old] = host.engine.containers;
  host.disruption.failed.push({
    host: "h2",
    component: "web",
    rollout: "server:2",
    reason: "not healthy in time",
    at: 1,
  });
  host.give(config("server:2"));

  const first = await host.tick();
  await host.engine.kill(old?.id ?? "", "KILL");
  await host.engine.stop(old?.id ?? "", 1);
  const second = await host.tick();

  assert.equal(
    first.plan?.blocked[0]?.reason,
    "h2 tried this and it was not healthy: not healthy in time; it is tried again when the configuration changes",
  );
  assert.equal(second.plan?.blocked[0]?.code, "rejected");
  assert.deepEqual(
    host.engine.containers.map(({ id, state }) => [id, state]),
    [[old?.id, "running"]],
  );
  host.give(config("server:3"));
  await host.settle();
  assert.equal(host.engine.containers[0]?.image, "server:3");
});

test("what is down already is mended while another host holds the lock", async () => {
  const host = await settledHost();
  await host.engine.stop(host.engine.containers[0]?.id ?? "", 1);
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 3_600_000);

  await host.settle();

  assert.equal(host.engine.containers[0]?.state, "running");
});

/** Lets time pass before the new container is made, so that what was started a moment before works by then. */
function slowCreate(host: FakeHost, name: string): void {
  const create = host.engine.create.bind(host.engine);
  host.engine.create = async (...args) => {
    if (args[0].name === name) await host.clock.sleep(2000);
    return create(...args);
  };
}

async function startAgain(host: FakeHost, name: string): Promise<void> {
  const id = host.engine.containers.find((container) => container.name === name)?.id ?? "";
  await host.engine.stop(id, 1);
  await host.engine.start(id);
}

test("what did not work when the plan was made and works by its stop stops only with the lock", async () => {
  const host = await settledHost();
  await startAgain(host, "web");
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 60_000);
  host.give(config("server:2"));
  slowCreate(host, "web");

  const { plan } = await host.tick();

  assert.equal(plan?.blocked[0]?.reason, "h2 replaces its web");
  assert.deepEqual(
    host.engine.containers.filter(({ state }) => state === "running").map(({ image }) => image),
    ["server:1"],
  );
  await host.clock.sleep(60_000);
  await host.settle();
  assert.deepEqual(
    host.engine.containers.map(({ image }) => image),
    ["server:2"],
  );
});

test("what did not work and does not is replaced while another host holds the lock", async () => {
  const host = await settledHost();
  await startAgain(host, "web");
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 60_000);
  host.give(config("server:2"));

  await host.tick();

  assert.deepEqual(
    host.engine.containers.map(({ image }) => image),
    ["server:2"],
  );
});

test("a wait that is longer than the lease keeps the lock, by renewals", async () => {
  const host = await settledHost();
  const seen: boolean[] = [];
  const program = host.engine.program.bind(host.engine);
  program("server:2", () => ({}));
  host.give(config("server:2").replace("settle: 1s, deadline: 5s", "settle: 2m, deadline: 5m"));
  const free = host.disruption.before;
  host.disruption.before = (call) => {
    if (call === "free") seen.push(host.disruption.holder()?.host === "h1");
    free(call);
  };

  await host.tick();

  assert.deepEqual(seen, [true]);
  assert.equal(host.engine.containers[0]?.image, "server:2");
});

/** Two containers under the lock; without one of them, which then is the host's last, there is no section about the lock. */
async function hostWithARole(): Promise<FakeHost> {
  const shape = (desired: DesiredState): DesiredState =>
    desired.containers.some(({ name }) => name === "web") ? lockBound(desired, ["web"]) : desired;
  const host = createFakeHost(programs, { shape });
  host.give(config("server:1", other("server:1")));
  await host.settle();
  return host;
}

const other = (image: string): string => `  api: {image: "${image}", probe: {settle: 1s}}\n`;
const withoutRole = (image: string): string => config("server:1", other(image)).replace(/\n {2}web: .*/, "");

test("a host that loses its last role waits for the lock of the config before, takes it, and frees it", async () => {
  const host = await hostWithARole();
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 20_000);
  host.give(withoutRole("server:1"));

  const waiting = await host.tick();
  await host.clock.sleep(20_000);
  const removal = await host.tick();

  assert.equal(waiting.plan?.blocked[0]?.reason, "h2 replaces its web");
  assert.deepEqual(
    done(removal).map((line) => line.replace(/ [0-9a-f]{12}$/, "")),
    ["take the disruption lock for web", "stop web within 10s", "remove web", "free the disruption lock of web"],
  );
  assert.equal(host.disruption.holder(), undefined);
});

test("what waits to be removed keeps the config before, whatever else of the new one works by then", async () => {
  const host = await hostWithARole();
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 60_000);
  host.give(withoutRole("server:2"));

  const first = await host.tick();
  const second = await host.tick();

  assert.ok(done(first).includes("create api from server:2"));
  assert.equal(second.plan?.blocked[0]?.reason, "h2 replaces its web");
  assert.deepEqual(host.engine.containers.map(({ image }) => image).toSorted(), ["server:1", "server:2"]);
});

test("what is down is removed without the lock", async () => {
  const host = await hostWithARole();
  await host.engine.stop(host.engine.containers.find(({ name }) => name === "web")?.id ?? "", 1);
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 60_000);
  host.give(withoutRole("server:1"));

  await host.tick();

  assert.deepEqual(
    host.engine.containers.map(({ name }) => name),
    ["api"],
  );
});

test("what was down and works when it is to be removed goes only with the lock", async () => {
  const host = await hostWithARole();
  await startAgain(host, "web");
  host.disruption.holdElsewhere({ host: "h2", component: "web" }, host.clock.now() + 60_000);
  host.give(withoutRole("server:2"));
  slowCreate(host, "api");

  const { plan } = await host.tick();

  assert.equal(plan?.blocked[0]?.reason, "h2 replaces its web");
  assert.deepEqual(host.engine.containers.map(({ name, state }) => `${name} ${state}`).toSorted(), [
    "api running",
    "web running",
  ]);
});

test("two lock-bound containers go one after the other, each under its own lock", async () => {
  const host = await settledHost(config("server:1", other("server:1")));
  host.give(config("server:2", other("server:2")));

  await host.tick();

  assert.deepEqual(host.disruption.calls, ["take", "free", "take", "free"]);
  assert.deepEqual(
    host.engine.containers.map(({ image }) => image),
    ["server:2", "server:2"],
  );
});
