// Kubernetes on one host: pods run there, changes need no lock, and a power cut heals.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 300_000;

describe("Kubernetes on a single host", { skip: skipWithoutLab(), timeout: 1_200_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "sid" }, "single-host");
    box = cluster.lab.host("box");
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on a single host"))
      await cluster.planner(...args);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs });
  const podRuns = async (): Promise<unknown> =>
    soon("the pod runs", async () => cluster.kubectl("rollout", "status", "deployment/sleeper", "--timeout=5s"));

  test("from nothing to a pod that runs", async () => {
    await cluster.startAgents(box);
    await cluster.settled([box], deadlineMs);

    await soon("the node is Ready", async () =>
      cluster.kubectl("wait", "--for=condition=Ready", "node/box", "--timeout=2s"),
    );
    const image = cluster.images.byName["pod-tools"].reference;
    const program = ["sh", "-c", "trap exit TERM; while :; do sleep 1; done"];
    await cluster.kubectl("create", "deployment", "sleeper", `--image=${image}`, "--", ...program);
    await podRuns();
    assert.equal((await cluster.kubectl("get", "node", "box", "-o", "jsonpath={.spec.taints}")).trim(), "");
  });

  test("a changed argument replaces the API server alone, and the cluster goes on", async () => {
    await cluster.edit((text) =>
      text.replace(/^controlPlane:/m, 'controlPlane:\n  apiserver: { args: { min-request-timeout: "900" } }'),
    );
    await cluster.planner("split");
    await cluster.deliver(box);
    await cluster.nudge(box);
    await cluster.settled([box], deadlineMs);

    assert.match(
      await box.docker("inspect", "--format", "{{json .Args}}", "kube-apiserver"),
      /min-request-timeout=900/,
    );
    await podRuns();
  });

  test("after a power cut everything is back", async () => {
    await box.kill();
    await box.start();

    await podRuns();
    await soon("everything is healthy", async () => {
      const { result, components } = await cluster.status(box);
      return result === "settled" && components.every(({ healthy }) => healthy);
    });
    await soon("the node is Ready", async () =>
      cluster.kubectl("wait", "--for=condition=Ready", "node/box", "--timeout=2s"),
    );
  });
});
