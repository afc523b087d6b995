// Killed before, within and after every engine call of a first start, an update, a live change, a run to the end, a
// removal and a return, with and without the disruption lock:
// each converges to the same end, with one running container a component at any time and nothing left over.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isFakeCrash } from "#agent/engine/fake-faults.ts";
import type { CrashPoint } from "#agent/engine/fake-faults.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake-program.ts";
import { isTemporaryName } from "#shared/reconcile/temporary-name.ts";
import { withOnce } from "#shared/reconcile/testing/once-containers.ts";
import { lockBound } from "#shared/reconcile/testing/lock-bound.ts";
import { createFakeHost } from "./testing/fake-host.ts";
import type { FakeHost } from "./testing/fake-host.ts";

const server = (): FakeOutcome => ({});
const broken = ({ log }: FakeRun): FakeOutcome => {
  log("cannot start");
  return { endsAfterMs: 10, exitCode: 3 };
};
const installer = ({ host, step }: FakeRun): FakeOutcome => {
  step("install");
  host.write("/etc/tool", "tool");
  return { endsAfterMs: 300 };
};
const programs = {
  "server:1": server,
  "server:2": server,
  "broken:1": broken,
  "installer:1": installer,
  "installer:2": installer,
};

type Scenario = {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string;
  /** Its container stops only under the disruption lock. */
  readonly bound?: boolean;
};

function config(containers: string): string {
  return `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\ncontainers:\n${containers}`;
}

const web = (image: string, content: string): string => `  web:
    image: ${image}
    restart: always
    probe: {settle: 1s, deadline: 5s}
    mounts: [{source: /var/lib/web, target: /data, create: {}}]
    files:
      - {path: sealed.conf, content: ${content}}
      - {path: live.conf, content: ${content}, effect: none}
`;
const signalled = (content: string): string => `  signalled:
    image: server:1
    check: [--check, "{files}"]
    files: [{path: a.conf, content: ${content}, effect: signal}]
`;
const restarted = (content: string): string => `  restarted:
    image: server:1
    probe: {settle: 1s}
    files: [{path: /etc/restarted.conf, content: ${content}, effect: restart, takeOver: true}]
`;

/** It runs to its end, and a server waits for that. */
const installed = (image: string, content: string): string => `  install:
    image: ${image}
    probe: {deadline: 5s}
    files: [{path: script.sh, content: ${content}}]
  user:
    image: server:1
    dependsOn: [install]
    probe: {settle: 1s}
`;

const scenarios: readonly Scenario[] = [
  { name: "first start", before: undefined, after: config(web("server:1", "one") + signalled("one")) },
  { name: "update of image and files", before: config(web("server:1", "one")), after: config(web("server:2", "two")) },
  {
    name: "live changes",
    before: config(signalled("one") + restarted("one")),
    after: config(signalled("two") + restarted("two")),
  },
  { name: "removal", before: config(web("server:1", "one") + signalled("one")), after: config(web("server:1", "one")) },
  { name: "a run to the end", before: undefined, after: config(installed("installer:1", "one")) },
  {
    name: "another run to the end",
    before: config(installed("installer:1", "one")),
    after: config(installed("installer:2", "two")),
  },
  {
    name: "return from a broken container",
    before: config(web("server:1", "one")),
    after: config(web("broken:1", "two")),
  },
  {
    name: "update under the disruption lock",
    before: config(web("server:1", "one")),
    after: config(web("server:2", "two")),
    bound: true,
  },
  {
    name: "restart under the disruption lock",
    before: config(restarted("one")),
    after: config(restarted("two")),
    bound: true,
  },
  {
    name: "return under the disruption lock",
    before: config(web("server:1", "one")),
    after: config(web("broken:1", "two")),
    bound: true,
  },
  {
    name: "removal under the disruption lock",
    before: config(web("server:1", "one") + signalled("one")),
    after: config(signalled("one")),
    bound: true,
  },
];

/** The check of `signalled` runs the server's image with other arguments and must end. */
function programFor(program: (run: FakeRun) => FakeOutcome): (run: FakeRun) => FakeOutcome {
  return (run) => (run.command.includes("--check") ? { endsAfterMs: 5 } : program(run));
}

async function prepare({ before, after, bound = false }: Scenario): Promise<FakeHost> {
  const host = createFakeHost(
    Object.fromEntries(Object.entries(programs).map(([image, program]) => [image, programFor(program)])),
    { shape: (desired) => (bound ? lockBound(desired) : withOnce(desired, { install: ["/etc/tool"] })) },
  );
  if (bound) watchStops(host);
  if (before !== undefined) {
    host.give(before);
    await host.settle();
  }
  host.give(after);
  return host;
}

/** A container that works must not be stopped while this host does not hold the lock. */
function watchStops({ engine, disruption }: FakeHost): void {
  const stop = engine.stop.bind(engine);
  engine.stop = async (id, ...rest) => {
    const found = engine.containers.find((container) => container.id === id);
    if (found?.state === "running" && found.image.startsWith("server:"))
      assert.equal(disruption.holder()?.host, "h1", `${found.name} is stopped without the lock`);
    return stop(id, ...rest);
  };
}

/** Everything that should be equal in the end, however often the agent died. */
function world({ engine, disruption }: FakeHost): unknown {
  const containers = engine.containers.map(({ name, state, restart, image, labels }) => [
    name,
    state,
    restart,
    image,
    labels["flexkube.spec"],
  ]);
  const failed = disruption.failed.map(({ component, rollout }) => [component, rollout]);
  return { containers, files: filesBelow(engine, "/etc"), failed };
}

function filesBelow(engine: FakeHost["engine"], directory: string): readonly string[] {
  if (!engine.host.exists(directory)) return [];
  return engine.host.list(directory).flatMap((entry) => {
    const path = `${directory}/${entry}`;
    if (engine.host.stat(path).type === "directory") return [path, ...filesBelow(engine, path)];
    return [`${path}: ${engine.host.text(path)}`];
  });
}

async function converge(host: FakeHost): Promise<void> {
  for (let count = 0; count < 10; count++) {
    const { executions } = await host.tick();
    if (executions.length === 0) return;
    await host.clock.sleep(2000);
  }
  throw new Error("it did not converge in ten ticks");
}

function assertOneEach({ engine }: FakeHost, at: string): void {
  const running = engine.containers
    .filter((container) => container.state === "running")
    .map((container) => container.labels["flexkube.container"]);
  const ours = running.filter((name) => name !== undefined);
  assert.equal(new Set(ours).size, ours.length, at);
}

for (const scenario of scenarios)
  describe(`killed at every call: ${scenario.name}`, async () => {
    const reference = await prepare(scenario);
    const callsBefore = reference.engine.calls.length;
    await converge(reference);
    const expected = world(reference);
    const engineCalls = reference.engine.calls.slice(callsBefore).filter((call) => call.mutating).length;
    const count = engineCalls + reference.disruption.calls.length;
    for (const at of ["before", "within", "after"] satisfies readonly CrashPoint[])
      test(`${at} each of ${count} calls`, async () => {
        assert.ok(count > 3);
        for (let n = 1; n <= count; n++) {
          const host = await prepare(scenario);
          host.engine.faults.crashAfter(n, at);
          try {
            await converge(host);
          } catch (error) {
            if (!isFakeCrash(error)) throw error;
          }
          const place = `${scenario.name}, ${at} call ${n}: ${JSON.stringify(host.engine.calls.filter((call) => call.mutating).at(-1))}`;
          assertOneEach(host, place);
          host.engine.faults.clear();
          await host.clock.sleep(100);

          await converge(host);

          assertOneEach(host, place);
          assert.deepEqual(world(host), expected, place);
          assert.ok(
            !filesBelow(host.engine, "/etc").some((path) => isTemporaryName(path.slice(path.lastIndexOf("/") + 1))),
            place,
          );
        }
      });
  });
