// What a tick does on a host in memory: nothing twice, nothing foreign, back when a change does not work.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake-program.ts";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { runTick } from "#agent/loop.ts";
import type { Report } from "#agent/report/report.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { createFakeHost, selfImage } from "./testing/fake-host.ts";
import type { FakeHost } from "./testing/fake-host.ts";

const server = (): FakeOutcome => ({});
const broken = ({ log }: FakeRun): FakeOutcome => {
  log("cannot bind");
  return { endsAfterMs: 5, exitCode: 3 };
};
const programs = { "server:1": server, "server:2": server, "server:3": server, "broken:1": broken };

function config(containers: string, generation?: number): string {
  const counted = generation === undefined ? "" : `generation: ${generation}\n`;
  return `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n${counted}containers:\n${containers}`;
}

function one(image: string, more = ""): string {
  return `  web:\n    image: ${image}\n    restart: always\n    probe: {settle: 1s, deadline: 5s}\n${more}`;
}

const files = (content: string): string =>
  `    files:\n      - {path: sealed.conf, content: ${content}}\n      - {path: live.conf, content: ${content}, effect: none}\n`;

async function settledHost(containers: string): Promise<FakeHost> {
  const host = createFakeHost(programs);
  host.give(config(containers));
  await host.settle();
  return host;
}

async function report(host: FakeHost): Promise<Report> {
  const options = {
    agent: await host.newAgent(),
    version: "test",
    signal: new AbortController().signal,
    random: () => 0,
    events: { count: () => 0, hint: async () => Promise.resolve() },
    onReport: () => undefined,
  };
  return (await runTick(options, { count: 1, before: await host.state.readReport() })).report;
}

function mutations(host: FakeHost, since: number): readonly string[] {
  return host.engine.calls
    .slice(since)
    .filter((call) => call.mutating)
    .map((call) => `${call.method} ${call.subject}`);
}

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
    ["list", "inspectImage", "list"],
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

test("foreign containers with our names are never touched, and other components go on", async () => {
  const host = createFakeHost(programs);
  const spec = {
    image: "server:1",
    env: {},
    labels: { owner: "somebody" },
    networkMode: "bridge",
    pidMode: "",
    ipcMode: "",
    privileged: false,
    readOnlyRoot: false,
    capAdd: [],
    capDrop: [],
    securityOptions: [],
    devices: [],
    mounts: [],
    tmpfs: {},
    ports: [],
    ulimits: [],
    sysctls: {},
    log: { driver: "json-file", options: {} },
    stopTimeoutSeconds: 1,
  };
  const foreign = await host.engine.create({ name: "web", spec, labels: {}, restart: "no", resources: {} });
  host.give(config(`${one("server:1")}  other: {image: "server:1"}\n`));

  const result = await report(host);

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

  const result = await report(host);

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

  const result = await report(host);

  assert.match(result.problems[0]?.problem ?? "", /generation 1 is older than 2/);
  assert.equal(host.engine.containers[0]?.image, "server:2");
});

test("a second agent says who holds the lock, and a dead holder's lock is taken over", async () => {
  const host = createFakeHost(programs);
  host.give(config(one("server:1")));
  const spec = {
    image: selfImage,
    env: {},
    labels: {},
    networkMode: "none",
    pidMode: "",
    ipcMode: "",
    privileged: false,
    readOnlyRoot: false,
    capAdd: [],
    capDrop: [],
    securityOptions: [],
    devices: [],
    mounts: [],
    tmpfs: {},
    ports: [],
    ulimits: [],
    sysctls: {},
    log: { driver: "json-file", options: {} },
    stopTimeoutSeconds: 1,
    args: ["version"],
  };
  const labels = { "flexkube.helper": "lock", "flexkube.holder": "somebody", "flexkube.nonce": "1" };
  const lock = await host.engine.create({ name: "flexkube-lock", spec, labels, restart: "no", resources: {} });
  const agent = await host.newAgent();
  const living = { ...agent, holder: { id: "me", isAlive: async () => Promise.resolve(true) } };

  const options = {
    agent: living,
    version: "test",
    signal: new AbortController().signal,
    random: () => 0,
    events: { count: () => 0, hint: async () => Promise.resolve() },
    onReport: () => undefined,
  };
  const { report: locked } = await runTick(options, { count: 1, before: undefined });

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

  const first = await report(host);

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

  const result = await report(host);

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
  const options = {
    agent: dying,
    version: "test",
    signal: stop.signal,
    random: () => 0,
    events: { count: () => 0, hint: async () => Promise.resolve() },
    onReport: () => undefined,
  };
  await runTick(options, { count: 1, before: undefined });
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
