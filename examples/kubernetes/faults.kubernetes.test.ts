// Real Kubernetes in trouble: a host off, all hosts off, dockerd and containerd killed. Everything heals without a hand.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 400_000;
/** The API answers through every other host's load balancer after this long without one host. */
const apiWithoutAHostMs = 15_000;

describe("faults of hosts with Kubernetes", { skip: skipWithoutLab(), timeout: 2_400_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable", k4: "stable" }, "kubernetes");
    hosts = cluster.lab.hosts;
    await cluster.planner("split");
    await cluster.planner("kubeconfig", "--out", "admin.kubeconfig");
    await cluster.startAgents(...hosts);
    await allReady(hosts);
    await cluster.planner("split", "--bootstrapped");
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
    await cluster.settled(hosts, deadlineMs);
    await cluster.kubectl("apply", "-f", join(cluster.directory, "web.yaml"));
    await webRuns();
  });

  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs });
  const conditionOf = async (host: LabHost): Promise<string> =>
    cluster.kubectl("get", "node", host.name, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');
  async function allReady(which: readonly LabHost[]): Promise<void> {
    for (const host of which)
      await soon(`${host.name} is Ready`, async () => (await conditionOf(host)).trim() === "True");
  }
  async function webRuns(): Promise<void> {
    await soon("three replicas run", async () =>
      cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5s"),
    );
  }
  /** Everything healthy by the agents' own word, and the API's. */
  async function allWell(): Promise<void> {
    for (const host of hosts)
      await soon(`${host.name} is settled and healthy`, async () => {
        const status = await cluster.status(host);
        if (status.result !== "settled" || !status.components.every(({ healthy }) => healthy))
          throw new Error(JSON.stringify(status));
        return true;
      });
    await allReady(hosts);
    await webRuns();
  }

  test("one host off: the API answers through all other load balancers within 15 s, pods are scheduled, and it heals", async (t) => {
    const [k1, k2, k3, k4] = hosts;
    assert.ok(k1 !== undefined && k2 !== undefined && k3 !== undefined && k4 !== undefined);
    await k2.kill();
    const cut = performance.now();

    const others: readonly LabHost[] = [k1, k3, k4];
    for (const host of others)
      await eventually(async () => (await cluster.kubectlOn(host, "get", "--raw", "/readyz")) === "ok", {
        what: `the API answers through ${host.name}`,
        deadlineMs: apiWithoutAHostMs - (performance.now() - cut),
      });
    t.diagnostic(`the API answers on all others after ${Math.round(performance.now() - cut)} ms`);
    // for several seconds more: what answers once must go on
    for (let count = 0; count < 10; count++)
      for (const host of others)
        assert.equal(await cluster.kubectlOn(host, "get", "--raw", "/readyz"), "ok", host.name);
    const sleeper = ["sh", "-c", "trap exit TERM; while :; do sleep 1; done"];
    const image = cluster.images.byName["pod-tools"].reference;
    await cluster.kubectl("create", "deployment", "during", `--image=${image}`, "--", ...sleeper);
    await soon("a new pod runs", async () => cluster.kubectl("rollout", "status", "deployment/during", "--timeout=5s"));

    await k2.start();
    await allWell();
    await cluster.kubectl("delete", "deployment", "during");
  });

  test("all hosts off: a cold start needs no hand, and every object is there", async (t) => {
    await cluster.kubectl("create", "configmap", "before", "--from-literal=all=off");
    await Promise.all(hosts.map(async (host) => host.kill()));
    const begun = performance.now();
    await Promise.all(hosts.map(async (host) => host.start()));

    await soon("the object is there", async () =>
      /off/.test(await cluster.kubectl("get", "configmap", "before", "-o", "jsonpath={.data.all}")),
    );
    t.diagnostic(`the API answers ${Math.round((performance.now() - begun) / 100) / 10} s after the cold start`);
    await allWell();
    t.diagnostic(`everything is well after ${Math.round((performance.now() - begun) / 100) / 10} s`);
  });

  test("dockerd killed with -9 on a control-plane host: it heals", async () => {
    const [k1] = hosts;
    assert.ok(k1 !== undefined);
    await k1.dockerd.kill();
    await k1.dockerd.answers();

    await allWell();
    assert.equal(await cluster.kubectlOn(k1, "get", "--raw", "/readyz"), "ok");
  });

  test("containerd killed with -9 on a control-plane host and on a worker: pods and node heal", async () => {
    const [, k2, , k4] = hosts;
    assert.ok(k2 !== undefined && k4 !== undefined);
    for (const host of [k2, k4]) {
      const first = await containerdOf(host);
      await host.exec("sh", "-c", `kill -9 ${first}`);
      await soon(`containerd of ${host.name} is back`, async () => {
        const now = await containerdOf(host);
        return now !== "" && now !== first;
      });
    }

    await allWell();
    // the node takes new pods
    await cluster.kubectl("rollout", "restart", "deployment/web");
    await webRuns();
  });

  async function containerdOf(host: LabHost): Promise<string> {
    const { stdout } = await host.attempt(["pidof", "containerd"]);
    return stdout.trim();
  }
});
