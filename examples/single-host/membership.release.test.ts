// etcd below a running Kubernetes grows from one member to three: its API server is never given a member that does not vote.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { changedYaml } from "#lab/changed-yaml.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 300_000;
const sampleEveryMs = 200;

describe("members of etcd below Kubernetes", { skip: skipWithoutLab(), timeout: 1_200_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "sid", m2: "sid", m3: "sid" }, "single-host");
    box = cluster.lab.host("box");
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on a single host"))
      await cluster.planner(...args);
    await cluster.startAgents(box);
    await cluster.settled([box], deadlineMs);
    await cluster.planner("split", "--bootstrapped");
    await cluster.deliver(box);
    await cluster.settled([box], deadlineMs);
    await cluster.ready([box], deadlineMs);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  /** Client URLs that the API server was started with. */
  const endpoints = async (): Promise<readonly string[]> => {
    const { stdout } = await box.tryDocker(["inspect", "--format", "{{json .Args}}", "kube-apiserver"]);
    return /--etcd-servers=([^"]+)/.exec(stdout)?.[1]?.split(",") ?? [];
  };
  /** Client URLs of members that vote; undefined while nobody tells. */
  const voters = async (): Promise<readonly string[] | undefined> => {
    const list = await cluster.etcdctl(box, "member", "list").catch(() => undefined);
    return list
      ?.trim()
      .split("\n")
      .map((line) => line.split(", "))
      .flatMap(([, , , , url = "", isLearner]) => (isLearner === "false" ? [url] : []));
  };
  /** Until the end: endpoints that did not vote, seen once more after what etcd said. */
  const sample = (end: AbortSignal): { readonly seen: string[]; readonly running: Promise<number> } => {
    const seen: string[] = [];
    const run = async (): Promise<number> => {
      let count = 0;
      for (; !end.aborted; count += 1) {
        // in this order: who votes does so on, so a server that was given one too early is seen
        const given = await endpoints();
        const vote = await voters();
        seen.push(...given.filter((url) => vote?.includes(url) === false));
        await setTimeout(sampleEveryMs);
      }
      return count;
    };
    return { seen, running: run() };
  };

  test("one to three: the API server waits for votes, then has all three, and what was there is there", async (t) => {
    const [m2, m3] = [cluster.lab.host("m2"), cluster.lab.host("m3")];
    await cluster.kubectl("create", "configmap", "kept");
    await cluster.edit((text) =>
      changedYaml(text, {
        "hosts.m2": { address: m2.ip },
        "hosts.m3": { address: m3.ip },
        "etcd.hosts": ["box", "m2", "m3"],
      }),
    );
    await cluster.planner("split");
    const end = new AbortController();
    const { seen, running } = sample(end.signal);
    await cluster.deliver(box);
    await eventually(
      async () =>
        (await cluster.report(box)).blocked.some(({ reason }) => /etcd does not list .* yet/.test(reason)) ||
        Promise.reject(new Error(JSON.stringify((await cluster.report(box)).blocked))),
      { what: "the API server waits for members that are yet to come", deadlineMs },
    );
    await cluster.kubectl("get", "configmap", "kept");
    await cluster.startAgents(m2, m3);
    await cluster.settled([box, m2, m3], deadlineMs);
    end.abort();
    t.diagnostic(`${await running} samples`);

    assert.deepEqual(seen, []);
    assert.equal((await endpoints()).length, 3);
    await cluster.ready([box], deadlineMs);
    await cluster.kubectl("get", "configmap", "kept");
  });

  test("the API goes on without one of the three", async () => {
    await cluster.lab.host("m2").kill();
    await eventually(async () => cluster.kubectl("create", "configmap", "without"), { what: "a write", deadlineMs });
    await cluster.kubectl("get", "configmap", "kept", "without");
  });
});
