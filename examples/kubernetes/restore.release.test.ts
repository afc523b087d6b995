// A restore of a cluster with three API servers while kubelets and controllers run, one host's config late: whoever has written to the
// restored cluster finds nothing of what is gone at any API server, and all goes on without a hand.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const deadlineMs = 400_000;
/** Revisions of a restored cluster are above it, those of the one before below. */
const bump = 1_000_000_000;
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const place = "/var/lib/flexkube/restore";
/** What a pod of the Deployment that is gone is known by among its host's processes. */
const goneSeconds = "98765";

/** What an API server has told, from its etcd and not from what it remembers. */
type Answer = {
  readonly host: string;
  /** Milliseconds, of when it was asked. */
  readonly at: number;
  readonly names: readonly string[];
  readonly revision: number;
};

describe("a restore with three API servers", { skip: skipWithoutRelease(), timeout: 2_400_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];
  let controlPlane: readonly [LabHost, LabHost, LabHost];

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable", k4: "stable" }, "kubernetes");
    hosts = cluster.lab.hosts;
    controlPlane = [cluster.lab.host("k1"), cluster.lab.host("k2"), cluster.lab.host("k3")];
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on four hosts"))
      await cluster.planner(...args);
    await cluster.startAgents(...hosts);
    await cluster.ready(hosts, deadlineMs);
    await cluster.settled(hosts, deadlineMs);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs, everyMs: 300 });
  const rolledOut = async (name: string): Promise<void> => {
    await soon(`${name} runs`, async () =>
      cluster.kubectl("rollout", "status", `deployment/${name}`, "--timeout=5s", "--request-timeout=10s"),
    );
  };
  const isServed = async (): Promise<void> => {
    for (const { ip } of hosts)
      await soon(`the NodePort at ${ip} answers`, async () =>
        cluster.lab.net("curl", "-sSf", "-m", "3", `http://${ip}:30080/`),
      );
  };

  /** Undefined while it does not answer. */
  const ask = async ({ name, ip }: LabHost): Promise<Answer | undefined> => {
    const at = performance.now();
    const server = ["--server", `https://${ip}:6443`, "--request-timeout", "3s"];
    const said = await cluster.kubectl("get", "--raw", deployments, ...server).catch(() => undefined);
    if (said === undefined) return undefined;
    // Kubernetes' own document
    const { items, metadata } = JSON.parse(said) as {
      readonly items: readonly { readonly metadata: { readonly name: string } }[];
      readonly metadata: { readonly resourceVersion: string };
    };
    const names = items.map((item) => item.metadata.name);
    return { host: name, at, names, revision: Number(metadata.resourceVersion) };
  };

  /** All that the API servers answer until it is ended. */
  const sample = (): { readonly answers: readonly Answer[]; readonly end: () => Promise<void> } => {
    const answers: Answer[] = [];
    const over = new AbortController();
    const running = controlPlane.map(async (host) => {
      while (!over.signal.aborted) {
        const answer = await ask(host);
        if (answer !== undefined) answers.push(answer);
        await sleep(200);
      }
    });
    return {
      answers,
      end: async () => {
        over.abort();
        await Promise.all(running);
      },
    };
  };

  test("what came after the snapshot is gone at every API server once the new cluster is written to, also at the late one", async (t) => {
    const [k1, k2, k3] = controlPlane;
    await cluster.kubectl("apply", "-f", join(cluster.directory, "web.yaml"));
    await rolledOut("web");
    await isServed();
    const taken = await k1.docker("exec", agentContainer, "/flexkube-agent", "backup", "take");
    const [file = ""] = taken.split(" ");
    const snapshot = await k1.readFile(`/var/lib/flexkube-backup/${file}`);
    await writeFile(join(cluster.directory, file), snapshot);
    const image = "flexkube.test/pod-tools:lab";
    await cluster.kubectl("create", "deployment", "gone", "--image", image, "--replicas=2", "--", "sleep", goneSeconds);
    await rolledOut("gone");

    await cluster.planner("restore", "--snapshot", file);
    for (const host of [k2, k3]) {
      await host.exec("mkdir", "-p", "-m", "0700", place);
      await host.writeFile(`${place}/${file}`, snapshot, 0o600);
    }
    const { answers, end } = sample();
    try {
      await cluster.deliver(k1, k2);
      await soon("the restored cluster answers at k1", async () =>
        assert.ok(answers.some(({ host, revision }) => host === "k1" && revision > bump)),
      );
      await soon("it is written to", async () => cluster.kubectl("create", "configmap", "new"));
      const writtenAt = performance.now();
      const since = (host: LabHost) => answers.filter(({ host: of, at }) => of === host.name && at > writtenAt);
      for (const host of [k1, k2])
        await soon(`${host.name} has answered often`, async () => assert.ok(since(host).length >= 20));
      t.diagnostic(`k3, whose host config has not come, has answered ${since(k3).length} times`);

      await cluster.deliver(...hosts);
      await cluster.settled(hosts, deadlineMs);
      await soon("k3 has answered often", async () => assert.ok(since(k3).length >= 20));

      const wrong = answers.filter(
        ({ at, names, revision }) => at > writtenAt && (revision < bump || names.includes("gone")),
      );
      assert.deepEqual(wrong, []);
    } finally {
      await end();
    }
  });

  test("what was there is there and served; pods of what is gone end; controllers and kubelets go on", async () => {
    await cluster.ready(hosts, deadlineMs);
    await rolledOut("web");
    await isServed();
    assert.equal(await cluster.kubectl("get", "pods", "-l", "app=gone", "-o", "name"), "");
    for (const host of hosts)
      await soon(`no pod of it runs on ${host.name}`, async () => {
        const { stdout } = await host.attempt(["pgrep", "-f", `sleep ${goneSeconds}`]);
        assert.equal(stdout, "");
      });
    await cluster.kubectl("scale", "deployment/web", "--replicas=4");
    await rolledOut("web");
    const members = await cluster.etcdctl(controlPlane[0], "member", "list");
    assert.equal(members.trim().split("\n").length, 3, members);
  });
});
