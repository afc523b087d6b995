// One at a time on a real control plane: changes delivered to all hosts at once under a client that writes through a host's load
// balancer, the lock's holder killed in the middle, and a change that does not work.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parseDocument } from "yaml";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { samplePort, severalDown } from "#lab/sample-ports.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 400_000;
const lockKey = "/flexkube/kubernetes/disruption/lock";
const otherImage = "registry.k8s.io/kube-apiserver:rolled";

describe("a roll over the control plane", { skip: skipWithoutLab(), timeout: 2_400_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable" }, "kubernetes");
    hosts = cluster.lab.hosts;
    await edit((document) => document.deleteIn(["hosts", "k4"]));
    await set("controlPlane.apiserver.probe", { deadline: "60s" });
    await cluster.planner("split");
    await cluster.planner("kubeconfig", "--out", "admin.kubeconfig");
    await cluster.startAgents(...hosts);
    for (const host of hosts)
      await eventually(
        async () => cluster.kubectl("wait", "--for=condition=Ready", `node/${host.name}`, "--timeout=2s"),
        { what: `${host.name} is Ready`, deadlineMs },
      );
    await cluster.settled(hosts, deadlineMs);
    await cluster.kubectl("create", "configmap", "written");
  });

  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const edit = async (change: (document: ReturnType<typeof parseDocument>) => void): Promise<void> =>
    cluster.edit((text) => {
      const document = parseDocument(text);
      change(document);
      return document.toString();
    });
  const set = async (path: string, value: unknown): Promise<void> =>
    edit((document) => document.setIn(path.split("."), document.createNode(value)));
  /** To all hosts at the same moment. */
  const deliver = async (): Promise<void> => {
    await cluster.planner("split");
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
  };
  const inspect = async (format: string, name = "kube-apiserver"): Promise<readonly string[]> =>
    Promise.all(hosts.map(async (host) => (await host.docker("inspect", "--format", format, name)).trim()));
  /** Host that holds the lock; undefined while nobody does. */
  const holder = async (): Promise<string | undefined> =>
    /"host":"(k[0-9])"/.exec(await cluster.etcdctl(undefined, "get", lockKey))?.[1];

  /** What is down meanwhile, and what a client that writes through the load balancer of the second host feels. */
  async function watched(act: () => Promise<void>): Promise<{ written: number; failed: readonly string[] }> {
    const [, client] = hosts;
    assert.ok(client !== undefined);
    const samplers = await Promise.all([2379, 6443].map(async (port) => samplePort(cluster.lab, port)));
    const stopping = new AbortController();
    const failed: string[] = [];
    let written = 0;
    const put = async (): Promise<string> => {
      const patch = JSON.stringify({ data: { count: String(written) } });
      return cluster.kubectlOn(client, "patch", "configmap", "written", "--type=merge", "-p", patch);
    };
    const writing = (async () => {
      for (; !stopping.signal.aborted; written++)
        await put()
          .catch(put)
          .catch((error: unknown) => failed.push(String(error)));
    })();
    try {
      await act();
    } finally {
      stopping.abort();
      await writing;
    }
    for (const sampler of samplers) assert.deepEqual(severalDown(await sampler.stop()), []);
    return { written, failed };
  }

  test("arguments of etcd and API server at once: never are two of a kind down, and no write fails", async (t) => {
    await set("etcd.extraArgs", ["--heartbeat-interval=150"]);
    await set("controlPlane.apiserver.args", { "min-request-timeout": "900" });

    const { written, failed } = await watched(async () => {
      await deliver();
      await cluster.settled(hosts, deadlineMs);
    });

    t.diagnostic(`${written} writes`);
    assert.deepEqual(failed, []);
    assert.ok(written > 5, `${written} writes`);
    for (const args of await inspect("{{json .Args}}")) assert.match(args, /--min-request-timeout=900/);
    for (const host of hosts)
      assert.match(await host.docker("inspect", "--format", "{{json .Args}}", `etcd-${host.name}`), /interval=150/);
    assert.equal(await holder(), undefined);
  });

  test("another image of the API server: the same, and all three run it", async () => {
    const { reference } = cluster.images.byName["kube-apiserver"];
    await Promise.all(hosts.map(async (host) => host.docker("tag", reference, otherImage)));
    await set("controlPlane.apiserver.image", otherImage);

    const { failed } = await watched(async () => {
      await deliver();
      await cluster.settled(hosts, deadlineMs);
    });

    assert.deepEqual(failed, []);
    assert.deepEqual([...new Set(await inspect("{{.Config.Image}}"))], [otherImage]);
  });

  test("the holder is killed in the middle: the others wait for its lease and for its API server, then go on", async () => {
    await set("controlPlane.apiserver.args", { "min-request-timeout": "1000" });

    const { failed } = await watched(async () => {
      await deliver();
      const name = await eventually(async () => (await holder()) ?? false, {
        what: "somebody takes the lock",
        deadlineMs,
        everyMs: 50,
      });
      const victim = cluster.lab.host(name);
      await victim.docker("kill", agentContainer);
      const others = hosts.filter((host) => host !== victim);
      await eventually(
        async () =>
          (await Promise.all(others.map(async (host) => cluster.status(host)))).every(({ blocked }) =>
            blocked.some(({ code, reason }) => code === "waiting" && reason.includes(victim.name)),
          ),
        { what: `both others say that they wait for ${victim.name}`, deadlineMs: 60_000 },
      );
      await eventually(async () => (await holder()) !== name, { what: "the lease runs out", deadlineMs: 60_000 });
      await victim.docker("start", agentContainer);
      await cluster.settled(hosts, deadlineMs);
    });

    assert.deepEqual(failed, []);
    for (const args of await inspect("{{json .Args}}")) assert.match(args, /--min-request-timeout=1000/);
  });

  test("an argument that does not work stops at the first host, which goes back; the others do not touch theirs", async () => {
    const untouched = await inspect("{{.Id}} {{.State.StartedAt}}");
    const ids = await inspect("{{.Id}}");
    await set("controlPlane.apiserver.args", { "event-ttl": "no duration" });

    const { failed } = await watched(async () => {
      await deliver();
      await eventually(
        async () => {
          const found = await Promise.all(hosts.map(async (host) => cluster.status(host)));
          const rejected = found.map(({ blocked }) =>
            blocked.some(({ code, container }) => code === "rejected" && container === "kube-apiserver"),
          );
          if (rejected.includes(false)) throw new Error(JSON.stringify(found.map(({ blocked }) => blocked)));
          return true;
        },
        { what: "all three have rejected it", deadlineMs },
      );
    });

    assert.deepEqual(failed, []);
    const now = await inspect("{{.Id}} {{.State.StartedAt}}");
    assert.equal(now.filter((start, index) => start === untouched[index]).length, 2);
    assert.deepEqual(await inspect("{{.Id}}"), ids);
    for (const host of hosts) assert.equal(await cluster.kubectlOn(host, "get", "--raw", "/readyz"), "ok");
  });
});
