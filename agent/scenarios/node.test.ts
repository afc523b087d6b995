// What a tick does at the Node object, on a host and an API in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printStatus } from "#agent/report/print-status.ts";
import { apiSecrets } from "#agent/testing/api-secrets.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";

const secrets = apiSecrets("agent");
const path = "/api/v1/nodes/h1";
const kubelet = {
  status: { nodeInfo: { kubeletVersion: "v1.36.3" }, conditions: [{ type: "Ready", status: "True" }] },
};

function config(labels: string, taints = "[]"): string {
  return `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers: {web: {image: "server:1", probe: {settle: 1s}}}
node:
  name: h1
  api: {server: "https://127.0.0.1:7443", certificate: kubernetes/agent.crt, key: kubernetes/agent.key}
  labels: ${labels}
  taints: ${taints}
secrets: ${JSON.stringify(secrets)}
`;
}

function hostWith(labels: string): FakeHost {
  const host = createFakeHost({ "server:1": () => ({}) });
  host.give(config(labels));
  return host;
}

function labelsOf(host: FakeHost): unknown {
  const metadata = host.kubernetes.object(path)?.["metadata"];
  return typeof metadata === "object" && metadata !== null && "labels" in metadata ? metadata.labels : undefined;
}

test("a node gets its labels once it is there, and the next tick is one request and no step", async () => {
  const host = hostWith("{role: db}");
  await host.tick();
  const waits = await host.tick();
  host.kubernetes.edit(path, kubelet);
  await host.tick();
  host.kubernetes.calls.length = 0;

  const { plan, result } = await host.tick();

  assert.deepEqual(waits.plan?.blocked, [
    {
      component: "node/h1",
      container: "node/h1",
      code: "waiting",
      reason: "the node has not registered itself yet",
    },
  ]);
  assert.deepEqual(labelsOf(host), { role: "db" });
  assert.deepEqual([plan?.steps, result], [[], "settled"]);
  assert.deepEqual(host.kubernetes.calls, [`GET ${path}`]);
});

test("a label that somebody changed comes back, one that is no longer desired goes, foreign ones stay", async () => {
  const host = hostWith("{role: db, old: x}");
  host.kubernetes.edit(path, { metadata: { labels: { theirs: "1" } } });
  await host.settle();
  host.kubernetes.edit(path, { metadata: { labels: { role: "edited" } } });
  host.give(config("{role: db}"));

  const { executions } = await host.tick();

  assert.deepEqual(
    executions.flatMap(({ done }) => done.map(({ kind, cause }) => [kind, cause])),
    [["patchNode", "not as configured"]],
  );
  assert.deepEqual(labelsOf(host), { theirs: "1", role: "db" });
});

test("a node that the kubelet changes between look and patch is looked at again", async () => {
  const host = hostWith("{role: db}");
  await host.settle(3).catch(() => undefined);
  host.kubernetes.edit(path, kubelet);
  let interfere = true;
  host.kubernetes.beforeChange = () => {
    if (interfere) host.kubernetes.edit(path, { status: { heartbeat: 1 } });
    interfere = false;
  };

  const { result, executions } = await host.tick();

  assert.deepEqual([result, executions.length], ["changed", 2]);
  assert.deepEqual(labelsOf(host), { role: "db" });
});

test("an API that is away is waited for, and the containers are kept as ever", async () => {
  const host = hostWith("{role: db}");
  host.kubernetes.down = true;
  await host.tick();
  const [web] = host.engine.containers;
  await host.engine.stop(web?.id ?? "", 1);

  await host.tick();
  const { plan } = await host.tick();

  assert.equal(host.engine.containers[0]?.state, "running");
  assert.deepEqual(
    plan?.blocked.map(({ code, reason }) => [code, reason]),
    [["waiting", "the Kubernetes API does not answer: ECONNREFUSED"]],
  );
  assert.equal(await host.state.readConfig("last-good"), config("{role: db}"));
});

test("a patch that the API refuses fails its step alone, and the reason is told", async () => {
  const host = hostWith("{role: db}");
  host.kubernetes.edit(path, kubelet);
  host.kubernetes.refusals.set(`PATCH ${path}`, 422);

  const told = await reportOfTick(host);

  assert.equal(host.engine.containers[0]?.state, "running");
  assert.equal(told.result, "failed");
  assert.equal(told.error?.code, "KUBERNETES_REFUSED");
  assert.match(told.error?.details ?? "", /refused by the test/);
});

test("status tells the node's name, whether it is ready, and the kubelet's version", async () => {
  const host = hostWith("{}");
  const lines: (string | undefined)[] = [];
  const status = async (): Promise<void> => {
    const text = printStatus(await reportOfTick(host), { now: host.clock.now() });
    lines.push(text.split("\n").find((line) => line.startsWith("node h1")));
  };

  await status();
  host.kubernetes.edit(path, kubelet);
  await status();
  host.kubernetes.edit(path, { status: { conditions: [{ type: "Ready", status: "False" }] } });
  await status();
  host.kubernetes.edit(path, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
  await status();
  host.kubernetes.down = true;
  await status();

  assert.deepEqual(lines, [
    "node h1: not registered",
    "node h1: Ready, kubelet v1.36.3",
    "node h1: NOT READY, kubelet v1.36.3",
    "node h1: NOT READY (its kubelet is silent), kubelet v1.36.3",
    "node h1: unknown: the API does not answer",
  ]);
});

test("what the agent did at the node is in the event log", async () => {
  const host = hostWith("{role: db}");
  host.kubernetes.edit(path, kubelet);

  await host.tick();

  const event = (await host.state.readEvents(50)).find(({ kind }) => kind === "patched");
  assert.deepEqual([event?.container, event?.cause], ["node/h1", "label role=db: not as configured"]);
});
