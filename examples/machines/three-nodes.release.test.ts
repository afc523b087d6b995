// Kubernetes on three hosts as users have them, by the documented way: control plane and workers alike. A pod reaches a Service whose pods
// are on all of them, and one host loses its power and comes back.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { changedYaml } from "#lab/changed-yaml.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { tornFiles } from "./torn-files.ts";

const deadlineMs = 1_800_000;
const work = fileURLToPath(new URL("../kubernetes/web.yaml", import.meta.url));

describe("Kubernetes on three machines", { skip: skipWithoutLab(), timeout: 7_200_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "machine", k2: "machine", k3: "machine" }, "kubernetes", {
      memory: "3G",
      processors: 1,
    });
    hosts = cluster.lab.hosts;
    // members that share two cores with two more machines and all of Kubernetes answer each other within a second only at times
    const patient = ["--heartbeat-interval=500", "--election-timeout=5000"];
    await cluster.edit((text) => changedYaml(text, { "hosts.k4": undefined, "etcd.extraArgs": patient }));
    const readme = new URL("../kubernetes/README.md", import.meta.url);
    for (const args of await readPlannerCommands(readme, "Kubernetes on four hosts")) await cluster.planner(...args);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs, everyMs: 3000 });
  const jsonPath = async (what: string, path: string): Promise<readonly string[]> =>
    (await cluster.kubectl("get", ...what.split(" "), "-o", `jsonpath=${path}`)).trim().split(/\s+/);
  const inClient = async (...command: readonly string[]): Promise<string> =>
    cluster.kubectl("exec", "client", "--", ...command);
  /** Names of the pods that the Service leads to, as a pod finds them. */
  const answering = async (): Promise<readonly string[]> => {
    const answers = await inClient("sh", "-c", "for i in $(seq 40); do curl -sSf -m 5 http://web/; done");
    return [...new Set(answers.trim().split("\n"))].toSorted();
  };
  /** Applied each time: after five minutes without its node the client is evicted, and nothing but a hand makes a bare pod anew. */
  const workRuns = async (): Promise<void> => {
    await soon("three replicas run", async () =>
      cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5s"),
    );
    await soon("the client runs", async () => {
      await cluster.kubectl("apply", "-f", work);
      return cluster.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=5s");
    });
  };

  test("from nothing to three nodes that are Ready, by split and agents alone", async (t) => {
    await cluster.startAgents(...hosts);
    await cluster.ready(hosts, deadlineMs);
    for (const host of hosts) t.diagnostic(`${host.name}: ${await host.cpuSeconds()} CPU seconds`);
    await cluster.settled(hosts, deadlineMs);
  });

  test("a pod reaches a Service over hosts, by its DNS name", async () => {
    await soon("the work is taken", async () => cluster.kubectl("apply", "-f", work));
    await workRuns();

    const [names, nodes] = [
      await jsonPath("pods -l app=web", "{.items[*].metadata.name}"),
      await jsonPath("pods -l app=web", "{.items[*].spec.nodeName}"),
    ];
    assert.deepEqual(nodes.toSorted(), ["k1", "k2", "k3"]);
    await soon("all of them answer", async () => assert.deepEqual(await answering(), names.toSorted()));
  });

  test("one host loses its power: the API answers through the others; it comes back and is Ready, no file is half", async (t) => {
    const [lost, ...others] = [hosts[2], hosts[0], hosts[1]];
    assert.ok(lost !== undefined);
    await lost.kill();
    for (const host of others)
      if (host !== undefined)
        await soon(`the API answers through ${host.name}`, async () =>
          assert.equal(await cluster.kubectlOn(host, "get", "--raw", "/readyz"), "ok"),
        );
    await soon("its node is not Ready", async () =>
      cluster.kubectl("wait", "--for=condition=Ready=Unknown", `node/${lost.name}`, "--timeout=5s"),
    );
    await lost.start();

    assert.deepEqual(await tornFiles(lost), []);
    await cluster.settledAnew([lost], deadlineMs);
    await cluster.ready(hosts, deadlineMs);
    await workRuns();
    await soon("three pods answer", async () => assert.equal((await answering()).length, 3));
    t.diagnostic(`${lost.name}: ${await lost.cpuSeconds()} CPU seconds since the power is back`);
  });
});
