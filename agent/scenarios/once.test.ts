// Containers that run to their end, on a host in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineRefused } from "#agent/engine/errors.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { withOnce } from "#shared/reconcile/testing/once-containers.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { refuseStartsOf } from "#agent/testing/refuse-starts.ts";

const product = "/etc/tool";
const config = (image: string): string =>
  `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  install:
    image: ${image}
    probe: {deadline: 5s}
  user: {image: "server:1", dependsOn: [install]}
  other: {image: "server:1"}
`;

/** A host whose one-shots do what `outcome` says at each start. */
function onceHost(program: (run: FakeRun) => FakeOutcome): FakeHost {
  const host = createFakeHost(
    { "install:1": program, "install:2": program, "server:1": () => ({}) },
    { shape: (desired) => withOnce(desired, { install: [product] }) },
  );
  host.give(config("install:1"));
  return host;
}

function installs({ host }: FakeRun): FakeOutcome {
  host.write(product, "tool");
  return { endsAfterMs: 200 };
}

function startsOf(host: FakeHost, since = 0): number {
  return host.engine.calls.slice(since).filter(({ method, subject }) => method === "start" && subject === "install")
    .length;
}

const states = ({ engine }: FakeHost): readonly (readonly string[])[] =>
  engine.containers.map(({ name, state }) => [name, state]);

test("it runs to its end before what depends on it starts, and once", async () => {
  const host = onceHost(installs);

  await host.settle();

  assert.deepEqual(states(host), [
    ["install", "exited"],
    ["other", "running"],
    ["user", "running"],
  ]);
  assert.equal(startsOf(host), 1);
});

test("a tick with nothing to do makes one list and one inspect a container", async () => {
  const host = onceHost(installs);
  await host.settle();
  const before = host.engine.calls.length;

  await host.tick();

  const methods = host.engine.calls.slice(before).map(({ method }) => method);
  assert.deepEqual(methods, ["list", "inspect", "inspect", "inspect"]);
});

test("after the loss of all state, and after a power cut when it had ended, it does not run again", async () => {
  const host = onceHost(installs);
  await host.settle();
  host.loseState();
  host.engine.powerCut();
  host.engine.powerOn();

  await host.settle();

  assert.equal(startsOf(host), 1);
});

test("a power cut while it runs makes it run again", async () => {
  const host = onceHost(() => ({ endsAfterMs: 3000 }));
  const stop = new AbortController();
  const tick = host.tick(stop.signal);
  await host.clock.sleep(1000);
  stop.abort(new Error("SIGTERM"));
  await tick;
  host.engine.powerCut();
  host.engine.powerOn();
  host.engine.host.write(product, "tool");

  await host.settle();

  assert.equal(startsOf(host), 2);
});

test("when what it made is gone, the same container makes it again", async () => {
  const host = onceHost(installs);
  await host.settle();
  const { id } = host.engine.containers.find(({ name }) => name === "install") ?? {};
  host.engine.host.remove(product);

  await host.settle();

  assert.equal(host.engine.host.text(product), "tool");
  assert.equal(host.engine.containers.find(({ name }) => name === "install")?.id, id);
});

test("a failing one is tried once a tick, its dependents wait, the rest goes on, and its words are kept", async () => {
  const host = onceHost(({ log }) => {
    log("no space left");
    return { endsAfterMs: 10, exitCode: 3 };
  });

  const first = await host.tick();
  const second = await host.tick();

  assert.deepEqual([first.result, second.result, startsOf(host)], ["failed", "failed", 2]);
  assert.deepEqual(states(host), [
    ["install", "exited"],
    ["other", "running"],
  ]);
  const told = (await host.state.readEvents(50)).filter(({ kind }) => kind === "unhealthy");
  assert.deepEqual(
    told.map(({ cause, exitCode, output }) => [cause, exitCode, output]),
    [
      ["it ended with exit code 3", 3, "no space left"],
      ["it ended with exit code 3", 3, "no space left\nno space left"],
    ],
  );
});

test("while another component goes back within a tick, a failing one is not started again", async () => {
  const broken = (): FakeOutcome => ({ endsAfterMs: 10, exitCode: 1 });
  const programs = { "install:1": installs, "install:2": broken, "server:1": () => ({}), "server:2": broken };
  const host = createFakeHost(programs, { shape: (desired) => withOnce(desired, { install: [product] }) });
  host.give(config("install:1"));
  await host.settle();
  const before = host.engine.calls.length;
  host.give(config("install:2").replace('other: {image: "server:1"}', 'other: {image: "server:2"}'));

  const { result, executions, error } = await host.tick();

  assert.ok(executions.length > 1);
  assert.equal(startsOf(host, before), 1);
  assert.equal(result, "failed");
  assert.match(error?.message ?? "", /did not become healthy/);
  assert.equal(host.engine.containers.find(({ name }) => name === "other")?.image, "server:1");
});

test("one that ends with 0 and has not made what it should is not done", async () => {
  const host = onceHost(() => ({ endsAfterMs: 10 }));

  const { result } = await host.tick();

  assert.equal(result, "failed");
  const [told] = (await host.state.readEvents(50)).filter(({ kind }) => kind === "unhealthy");
  assert.equal(told?.cause, "it ended with exit code 0, but /etc/tool is missing");
});

test("one that does not end is given up at its deadline, and counts when it ends after all", async () => {
  const host = onceHost((run) => ({ ...installs(run), endsAfterMs: 20_000 }));

  const { result } = await host.tick();
  const later = await host.tick();

  assert.equal(result, "failed");
  assert.equal(later.plan?.blocked.find(({ container }) => container === "install")?.code, "unhealthy");
  await host.clock.sleep(20_000);
  await host.settle();
  assert.equal(startsOf(host), 1);
});

test("a new specification runs in place of the old one", async () => {
  const host = onceHost(installs);
  await host.settle();
  host.give(config("install:2"));

  await host.settle();

  const [install] = host.engine.containers.filter(({ name }) => name.startsWith("install"));
  assert.deepEqual([install?.image, install?.state], ["install:2", "exited"]);
  assert.equal(host.engine.containers.length, 3);
});

test("a start that the engine refuses is tried once a tick", async () => {
  const host = onceHost(installs);
  host.engine.faults.fail("start", engineRefused("start", { status: 400, reason: "no such program" }));

  const { result, executions } = await host.tick();
  await host.settle();

  assert.deepEqual([result, executions.length], ["failed", 1]);
  assert.equal(startsOf(host), 2);
  const refused = (await host.state.readEvents(50)).find(({ kind }) => kind === "refused");
  assert.match(refused?.cause ?? "", /no such program/);
});

test("one that has ended and cannot be started any more is made anew", async () => {
  const host = onceHost(installs);
  await host.settle();
  const id = host.engine.containers.find(({ name }) => name === "install")?.id ?? "";
  refuseStartsOf(host, id);
  host.engine.host.remove(product);

  await host.settle();

  assert.ok(!host.engine.containers.some((container) => container.id === id));
  assert.equal(host.engine.host.text(product), "tool");
});
