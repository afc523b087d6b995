// Real Kubernetes from one cluster config: three hosts that are control plane and workers, one more worker, agents only.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { complaintsIn } from "#lab/complaints.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 300_000;

describe("Kubernetes on four hosts", { skip: skipWithoutLab(), timeout: 2_400_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];
  let controlPlane: readonly LabHost[];

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable", k4: "stable" }, "kubernetes");
    hosts = cluster.lab.hosts;
    controlPlane = hosts.slice(0, 3);
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on four hosts"))
      await cluster.planner(...args);
  });

  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const json = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await cluster.kubectl(...args, "-o", "json"));

  const inClient = async (...command: readonly string[]): Promise<string> =>
    cluster.kubectl("exec", "client", "--", ...command);

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs });

  const ids = async (): Promise<string> => {
    const format = "{{.ID}} {{.Names}}";
    const lists = await Promise.all(hosts.map((host) => host.docker("ps", "-a", "--no-trunc", "--format", format)));
    return lists
      .join("")
      .split("\n")
      .filter((line) => !line.endsWith(` ${agentContainer}`))
      .toSorted()
      .join("\n");
  };

  test("from nothing to all nodes Ready by split and agents alone", async (t) => {
    const begun = performance.now();
    await cluster.startAgents(...hosts);

    await cluster.ready(hosts, deadlineMs);
    t.diagnostic(`all nodes Ready after ${Math.round((performance.now() - begun) / 100) / 10} s`);
    await cluster.settled(hosts, deadlineMs);
    for (const host of controlPlane)
      assert.equal(await cluster.kubectlOn(host, "get", "--raw", "/readyz"), "ok", host.name);
  });

  test("CoreDNS runs, and a Deployment of three replicas with a client", async () => {
    await soon("CoreDNS is available", async () =>
      cluster.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=5s"),
    );
    await soon("the manifests are taken", async () =>
      cluster.kubectl("apply", "-f", join(cluster.directory, "web.yaml")),
    );

    await soon("three replicas run", async () =>
      cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5s"),
    );
    await soon("the client runs", async () =>
      cluster.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=5s"),
    );
  });

  test("pods are reached by address, ClusterIP, DNS name and NodePort, also from themselves", async () => {
    const list = await json("get", "pods", "-l", "app=web");
    // the API's own document
    const pods = (list as { items: { metadata: { name: string }; status: { podIP: string } }[] }).items;
    const clusterIp = await cluster.kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}");
    const names = pods.map((pod) => pod.metadata.name).toSorted();

    for (const { status } of pods)
      await soon(`${status.podIP} answers`, async () =>
        inClient("curl", "-sSf", "-m", "3", `http://${status.podIP}:8080/`),
      );
    await soon("the ClusterIP answers", async () => inClient("curl", "-sSf", "-m", "3", `http://${clusterIp}/`));
    await soon("the DNS name answers", async () =>
      inClient("curl", "-sSf", "-m", "3", "http://web.default.svc.cluster.local/"),
    );
    const answers = await inClient("sh", "-c", "for i in $(seq 30); do curl -sSf -m 3 http://web/; done");
    assert.deepEqual([...new Set(answers.trim().split("\n"))].toSorted(), names);
    for (const host of hosts)
      await soon(`the NodePort of ${host.name} answers`, async () =>
        cluster.lab.net("curl", "-sSf", "-m", "3", `http://${host.ip}:30080/`),
      );
    // kube-proxy chooses an endpoint at random: all of sixty miss the pod itself with a chance of (2/3)^60
    for (const name of names)
      await cluster.kubectl(
        "exec",
        name,
        "--",
        "sh",
        "-c",
        `for i in $(seq 60); do test "$(curl -sSf -m 3 http://web/)" != ${name} || exit 0; done
        echo "${name} does not reach itself through the Service" >&2; exit 1`,
      );
  });

  test("kubectl logs, exec, cp and port-forward work", async () => {
    const pod = (
      await cluster.kubectl("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].metadata.name}")
    ).trim();

    assert.match(await cluster.kubectl("logs", pod), /response|GET|url/);
    assert.equal((await cluster.kubectl("exec", pod, "--", "hostname")).trim(), pod);
    await cluster.kubectl("cp", join(cluster.directory, "web.yaml"), `client:/tmp/web.yaml`);
    assert.match(await inClient("cat", "/tmp/web.yaml"), /kind: Deployment/);
    assert.match(await cluster.portForward(`pod/${pod}`, 8080, "/"), new RegExp(pod));
  });

  test("a deleted replica returns", async () => {
    const pod = (await cluster.kubectl("get", "pods", "-l", "app=web", "-o", "name")).split("\n")[0] ?? "";
    await cluster.kubectl("delete", pod, "--grace-period=1");

    await soon("three replicas run", async () =>
      cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5s"),
    );
  });

  test("no program logs of an unknown flag or field of its document, or of one that goes", async () => {
    const program = /^(?:kube-(?:apiserver|controller-manager|scheduler|proxy)|kubelet)$/;
    for (const host of hosts) {
      const names = (await host.docker("ps", "--format", "{{.Names}}"))
        .split("\n")
        .filter((name) => program.test(name));
      assert.equal(names.length, controlPlane.includes(host) ? 5 : 2, `${host.name} runs ${names.join(", ")}`);
      for (const name of names) {
        const { stdout, stderr } = await host.tryDocker(["logs", name]);
        const log = `${stdout}\n${stderr}`;
        // each has said something since its start, or there is nothing to read
        assert.match(log, /^[IWE][0-9]{4} /m, `${name} of ${host.name}`);
        assert.deepEqual(complaintsIn(log), [], `${name} of ${host.name}`);
      }
    }
  });

  test("a second tick changes nothing, nor does the loss of every agent with its state", async () => {
    const first = await ids();
    await cluster.nudge(...hosts);
    await cluster.settled(hosts, deadlineMs);
    assert.equal(await ids(), first);

    for (const host of hosts) {
      await host.docker("rm", "-f", agentContainer);
      await host.exec("rm", "-rf", "/var/lib/flexkube");
    }
    await cluster.startAgents(...hosts);
    await cluster.settled(hosts, deadlineMs);

    assert.equal(await ids(), first);
  });
});
