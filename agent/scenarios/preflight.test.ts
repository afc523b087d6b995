// Preflight and host facts through whole ticks, on a host in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { CriAnswer } from "#agent/facts/probe-cri.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import { preflightRule, swapFinding } from "#shared/reconcile/testing/preflight-builder.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";

const rule = preflightRule({ mend: true });
const machineId: PreflightFinding = {
  check: "file",
  found: "/etc/machine-id missing",
  needed: "an id",
  command: "systemd-machine-id-setup",
  mend: "machine-id",
};
const config = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  node: {image: "server:1", probe: {settle: 1s}}
  other: {image: "server:1", probe: {settle: 1s}}
`;

function shape(desired: DesiredState): DesiredState {
  const containers = desired.containers.map((container) =>
    container.name === "node" ? { ...container, preflight: rule } : container,
  );
  return { ...desired, containers };
}

function hostThat(found: () => readonly PreflightFinding[]) {
  let looks = 0;
  const lookAtHost = async (): Promise<readonly PreflightFinding[]> => {
    looks += 1;
    return Promise.resolve(found());
  };
  const host = createFakeHost({ "server:1": () => ({}) }, { shape, lookAtHost });
  host.give(config);
  return { host, looks: () => looks };
}

test("a finding holds back its container until it is gone, and nothing is looked at while that runs", async () => {
  let findings = [swapFinding];
  const { host, looks } = hostThat(() => findings);
  await host.tick();
  const { result, plan } = await host.tick();
  findings = [];

  await host.settle();
  const before = looks();
  await host.tick();

  assert.equal(result, "failed");
  assert.deepEqual(
    plan?.blocked.map(({ container, code }) => [container, code]),
    [["node", "preflight"]],
  );
  assert.deepEqual(
    host.engine.containers.map(({ name }) => name),
    ["node", "other"],
  );
  assert.equal(looks(), before);
});

test("what can be mended is mended before the container starts, by a helper that goes", async () => {
  const { host } = hostThat(() => (host.engine.host.exists("/etc/machine-id") ? [] : [machineId]));

  await host.settle();

  const order = host.engine.calls
    .filter(({ method }) => method === "create" || method === "remove")
    .map(({ method, subject }) => `${method} ${subject}`)
    .filter((call) => /mend|node/.test(call));
  assert.deepEqual(
    order.map((call) => call.replace(/mend-.*/, "mend")),
    ["create flexkube-mend", "remove flexkube-mend", "create node"],
  );
  const mended = (await host.state.readEvents(50)).find(({ kind }) => kind === "mended");
  assert.deepEqual([mended?.container, mended?.cause], ["node", "machine-id"]);
});

test("mending that fails holds back its container, and tells why", async () => {
  const { host } = hostThat(() => [machineId]);
  host.engine.faults.fail("start", new Error("no"));

  const { result, executions } = await host.tick();

  assert.equal(result, "failed");
  assert.equal(executions[0]?.failures[0]?.step.kind, "mendHost");
  assert.deepEqual(
    host.engine.containers.map(({ name }) => name),
    ["other"],
  );
});

test("a mending that was killed leaves a helper, which the next tick removes", async () => {
  const { host } = hostThat(() => (host.engine.host.exists("/etc/machine-id") ? [] : [machineId]));
  host.engine.faults.crashAfter(3, "after");
  await assert.rejects(host.tick());
  host.engine.faults.clear();
  assert.ok(host.engine.containers.some(({ name }) => name.startsWith("flexkube-mend")));

  await host.settle();

  assert.deepEqual(
    host.engine.containers.map(({ name }) => name),
    ["node", "other"],
  );
});

/** A kubelet and what it needs of secrets: one certificate for all of it. */
function kubelet(context: TestContext): string {
  const { ca, certificate, key } = makeCertificate(temporaryRoot(context));
  const secrets = { "kubernetes/ca.crt": ca, "node.crt": certificate, "node.key": key };
  return `${config.slice(0, config.indexOf("containers:"))}kubelet:
  image: "server:1"
  node: h1
  address: 10.0.0.1
  api: {server: "https://127.0.0.1:7443", certificate: node.crt, key: node.key}
  certificates: {servingCertificate: node.crt, servingKey: node.key}
  config: {healthzPort: 10248, failCgroupV1: false}
  probe: {settle: 1s}
secrets: ${JSON.stringify(secrets)}
`;
}

/** Its probe would need a kubelet and its mounts a whole host; here it only has to run. */
function runs(desired: DesiredState): DesiredState {
  const containers = desired.containers.map((container) => {
    const { spec, probe } = container;
    return { ...container, spec: { ...spec, mounts: [] }, probe: { ...probe, http: undefined } };
  });
  return { ...desired, containers };
}

test("a kubelet waits for its runtime; once made, no outage of the runtime changes it", async (context) => {
  let answer: CriAnswer = "no";
  const probeCri = async (): Promise<CriAnswer> => Promise.resolve(answer);
  const host = createFakeHost({ "server:1": () => ({}) }, { shape: runs, probeCri });
  host.give(kubelet(context));
  const waiting = await host.tick();
  answer = "yes";
  await host.settle();
  const [made] = host.engine.containers;
  answer = "no";
  host.loseState();

  const { result, executions } = await host.tick();

  assert.deepEqual(
    waiting.plan?.blocked.map(({ container, code }) => [container, code]),
    [["kubelet", "waiting"]],
  );
  assert.equal(made?.labels["flexkube.facts"], '{"cgroupDriver":"systemd","cgroupVersion":2,"cri":"containerd"}');
  assert.deepEqual([result, executions.length], ["settled", 0]);
  assert.equal(host.engine.containers[0]?.id, made?.id);
});
