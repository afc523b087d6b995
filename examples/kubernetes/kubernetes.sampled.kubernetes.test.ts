// Real Kubernetes from one cluster config: three hosts that are control plane and workers, one more worker, agents only. Then in
// trouble: a host off (one; before a release each of the control plane), all hosts off, dockerd and containerd killed. Everything heals
// without a hand.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import type { HostStatus } from "#lab/cluster.ts";
import { complaintsIn } from "#lab/complaints.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { sampled } from "#lab/sampled.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 300_000;
/** The API answers through every other host's load balancer after this long without one host. */
const apiWithoutAHostMs = 15_000;

describe("Kubernetes on four hosts", { skip: skipWithoutLab(), timeout: 3_600_000 }, () => {
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

  /** Of all containers that the agents keep. */
  const ids = async (): Promise<string> => {
    const kept = ["--filter", "label=flexkube.spec", "--format", "{{.ID}} {{.Names}}"];
    const lists = await Promise.all(hosts.map((host) => host.docker("ps", "-a", "--no-trunc", ...kept)));
    return lists.join("").split("\n").toSorted().join("\n");
  };

  describe("well", () => {
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
      // each node hears of the endpoints by itself
      await soon("the Service answers by each of its replicas", async () => {
        const answers = await inClient("sh", "-c", "for i in $(seq 30); do curl -sSf -m 3 http://web/; done");
        assert.deepEqual([...new Set(answers.trim().split("\n"))].toSorted(), names);
      });
      for (const host of hosts)
        await soon(`the NodePort of ${host.name} answers`, async () =>
          cluster.lab.net("curl", "-sSf", "-m", "3", `http://${host.ip}:30080/`),
        );
      // kube-proxy chooses an endpoint at random: all of sixty miss the pod itself with a chance of (2/3)^60
      const untilItself = `for i in $(seq 60); do test "$(curl -sSf -m 3 http://web/)" != $0 || exit 0; done; exit 1`;
      for (const name of names)
        await soon(`${name} reaches itself through the Service`, async () =>
          cluster.kubectl("exec", name, "--", "sh", "-c", untilItself, name),
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
        // one that has lost its lease ends and is started again
        const names = await soon(`${host.name} runs all of them`, async () => {
          const all = (await host.docker("ps", "--format", "{{.Names}}")).split("\n");
          const found = all.filter((name) => program.test(name));
          assert.equal(found.length, controlPlane.includes(host) ? 5 : 2, `${host.name} runs ${found.join(", ")}`);
          return found;
        });
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

  describe("in trouble", () => {
    /** By host, what it runs when all is well. */
    let wanted: ReadonlyMap<string, string>;

    before(async () => {
      await cluster.planner("split", "--bootstrapped");
      await cluster.deliver(...hosts);
      await cluster.nudge(...hosts);
      await cluster.settled(hosts, deadlineMs);
      wanted = new Map(
        await Promise.all(hosts.map(async (host) => [host.name, componentsIn(await cluster.status(host))] as const)),
      );
      await allWell(0);
    });

    const componentsIn = ({ components }: HostStatus): string => components.map(({ container }) => container).join(" ");
    const answers = async (host: LabHost): Promise<void> =>
      assert.equal(await cluster.kubectlOn(host, "get", "--raw", "/readyz", "--request-timeout=3s"), "ok", host.name);

    /** By the agents' own word, the nodes', and what the Service answers; said after this moment, since old news outlives a fault. */
    async function allWell(since: number): Promise<void> {
      for (const host of hosts) {
        const found = await soon(`${host.name} is settled and healthy`, async () => {
          const report = await cluster.report(host);
          if (Date.parse(report.writtenAt) < since) throw new Error(JSON.stringify(report));
          const status = await cluster.status(host);
          const isNew = Date.parse(status.writtenAt) >= since;
          if (!isNew || status.result !== "settled" || !status.components.every(({ healthy }) => healthy))
            throw new Error(JSON.stringify(status));
          return status;
        });
        assert.equal(componentsIn(found), wanted.get(host.name));
      }
      for (const host of hosts) {
        await soon(`${host.name} is Ready`, async () => isReadySince(host, since));
        await soon(`the API answers through ${host.name}`, async () => answers(host));
      }
      await webServes();
    }

    async function isReadySince(host: LabHost, since: number): Promise<boolean> {
      const get = async (...args: readonly string[]): Promise<string> => (await cluster.kubectl("get", ...args)).trim();
      const renewed = await get("-n", "kube-node-lease", "lease", host.name, "-o", "jsonpath={.spec.renewTime}");
      if (Date.parse(renewed) < since) return false;
      return (
        (await get("node", host.name, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')) === "True"
      );
    }

    /** All its replicas, through every host's node port. */
    async function webServes(): Promise<void> {
      await soon("three replicas run", async () =>
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5s"),
      );
      const script = `for i in $(seq 12); do curl -sSf -m 3 "http://$0:30080/"; done`;
      for (const host of hosts)
        await soon(`the Service answers through ${host.name}, by each of its replicas`, async () => {
          const names = (await cluster.lab.net("bash", "-euc", script, host.ip)).trim().split("\n");
          return new Set(names).size === 3;
        });
    }

    for (const name of sampled(["k1", "k2", "k3"], ["k2"]))
      test(`${name} off: the API answers through all other hosts within 15 s, pods are scheduled, and it heals`, async (t) => {
        const victim = cluster.lab.host(name);
        const others = hosts.filter((host) => host !== victim);
        const [operator] = others;
        assert.ok(operator !== undefined);
        const leaders = await cluster.kubectl(
          "-n",
          "kube-system",
          "get",
          "lease",
          "kube-controller-manager",
          "kube-scheduler",
          "-o",
          "jsonpath={.items[*].spec.holderIdentity}",
        );
        await victim.kill();
        const cut = performance.now();

        // one that answers may still send the next request to the host that is off: what is promised is for good
        const tookMs = await eventually(
          async () => {
            const sinceCutMs = Math.round(performance.now() - cut);
            for (let count = 0; count < 10; count++) for (const host of others) await answers(host);
            return sinceCutMs;
          },
          { what: "the API answers through all others, and goes on", deadlineMs: apiWithoutAHostMs },
        );
        t.diagnostic(
          `the API answers on all others after ${tookMs} ms; controller manager and scheduler led: ${leaders}`,
        );
        assert.ok(tookMs < apiWithoutAHostMs, `${tookMs} ms`);
        const sleeper = ["sh", "-c", "trap exit TERM; while :; do sleep 1; done"];
        const image = cluster.images.byName["pod-tools"].reference;
        await cluster.kubectlOn(operator, "create", "deployment", "during", `--image=${image}`, "--", ...sleeper);
        await soon("a new pod runs", async () =>
          cluster.kubectlOn(operator, "rollout", "status", "deployment/during", "--timeout=5s"),
        );
        t.diagnostic(`a new pod runs ${Math.round((performance.now() - cut) / 1000)} s after the cut`);

        const begun = Date.now();
        await victim.start();
        await allWell(begun);
        t.diagnostic(`all is well ${Math.round((Date.now() - begun) / 1000)} s after the power is back`);
        await cluster.kubectl("delete", "deployment", "during");
      });

    test("all hosts off: a cold start needs no hand, and every object is there", async (t) => {
      await cluster.kubectl("create", "configmap", "before", "--from-literal=all=off");
      await Promise.all(hosts.map(async (host) => host.kill()));
      const begun = Date.now();
      await Promise.all(hosts.map(async (host) => host.start()));

      await soon("the object is there", async () =>
        /off/.test(await cluster.kubectl("get", "configmap", "before", "-o", "jsonpath={.data.all}")),
      );
      t.diagnostic(`the API answers ${Math.round((Date.now() - begun) / 1000)} s after the cold start`);
      await allWell(begun);
      t.diagnostic(`all is well after ${Math.round((Date.now() - begun) / 1000)} s`);
    });

    test("dockerd killed with -9 on a control-plane host: it heals", async (t) => {
      const k1 = cluster.lab.host("k1");
      const begun = Date.now();
      await k1.dockerd.kill();
      await k1.dockerd.answers();

      await allWell(begun);
      t.diagnostic(`all is well after ${Math.round((Date.now() - begun) / 1000)} s`);
    });

    test("containerd killed with -9 on a control-plane host and on a worker: pods and node heal", async (t) => {
      const begun = Date.now();
      for (const host of [cluster.lab.host("k2"), cluster.lab.host("k4")]) {
        const first = await containerdOf(host);
        assert.match(first, /^\d+$/);
        await host.exec("sh", "-c", `kill -9 ${first}`);
        await soon(`containerd of ${host.name} is back`, async () => {
          const now = await containerdOf(host);
          return now !== "" && now !== first;
        });
      }

      await allWell(begun);
      t.diagnostic(`all is well after ${Math.round((Date.now() - begun) / 1000)} s`);
      // the nodes take new pods
      await cluster.kubectl("rollout", "restart", "deployment/web");
      await webServes();
    });

    async function containerdOf(host: LabHost): Promise<string> {
      const { stdout } = await host.attempt(["pidof", "containerd"]);
      return stdout.trim();
    }
  });
});
