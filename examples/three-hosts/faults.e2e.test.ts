// What happens to whole hosts: power cuts of one and of all, a killed daemon, a member's data lost while nobody answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 120_000;

describe("faults of three hosts", { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly LabHost[];

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    hosts = lab.hosts;
    cluster = await createCluster(lab, "three-hosts");
    await cluster.planner("split");
    await cluster.startAgents(...hosts);
    await cluster.settled(hosts);
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const reads = async (host: LabHost, key: string, value: string): Promise<void> => {
    await eventually(async () => (await cluster.etcdctl(host, "get", key)).includes(value), {
      what: `${host.name} reads ${key}`,
      deadlineMs,
    });
  };

  test("one host's power cut: writes go on, and it comes back by itself", async () => {
    const [h1, h2, h3] = hosts;
    assert.ok(h1 !== undefined && h2 !== undefined && h3 !== undefined);
    await h2.kill();

    await eventually(async () => (await cluster.etcdctl(h1, "put", "during", "cut")).includes("OK"), {
      what: "a write without h2",
      deadlineMs,
    });
    await h2.start();

    await reads(h2, "during", "cut");
    await cluster.settled([h2], deadlineMs);
  });

  test("the power cut of all: a cold start needs no hand and loses no acknowledged write", async () => {
    const [h1] = hosts;
    await cluster.etcdctl(h1, "put", "before", "all");
    await Promise.all(hosts.map((host) => host.kill()));
    await Promise.all(hosts.map((host) => host.start()));

    for (const host of hosts) await reads(host, "before", "all");
    for (const host of hosts)
      await eventually(async () => (await cluster.status(host)).components.every(({ healthy }) => healthy), {
        what: `${host.name} is healthy`,
        deadlineMs,
      });
  });

  test("dockerd killed with -9: what Docker leaves down is started by the agent", async () => {
    const [, , h3] = hosts;
    assert.ok(h3 !== undefined);

    await h3.dockerd.kill();
    await h3.dockerd.answers();

    for (const name of ["etcd-h3", "api-load-balancer-api", "api-stand-in", "greeter", agentContainer])
      await eventually(async () => (await h3.docker("ps", "--format", "{{.Names}}")).split("\n").includes(name), {
        what: `${name} runs`,
        deadlineMs,
      });
    await reads(h3, "before", "all");
  });

  test("a member's data lost while the others are down: it waits, founds nothing, and every write is still there", async () => {
    const [h1, h2, h3] = hosts;
    assert.ok(h1 !== undefined && h2 !== undefined && h3 !== undefined);
    await cluster.planner("split", "--bootstrapped");
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
    await cluster.settled(hosts, deadlineMs);
    await cluster.etcdctl(h1, "put", "precious", "kept");
    await Promise.all(hosts.map((host) => host.kill()));
    await h1.wipe("/var/lib/etcd");

    await h1.start();

    await eventually(
      async () =>
        (await cluster.report(h1)).blocked.some(({ container, code }) => container === "etcd-h1" && code === "waiting"),
      { what: "h1 says that it waits", deadlineMs },
    );
    assert.doesNotMatch(await h1.docker("ps", "--format", "{{.Names}}"), /etcd-h1/);
    await Promise.all([h2.start(), h3.start()]);
    await reads(h2, "precious", "kept");
    await reads(h3, "precious", "kept");
    assert.doesNotMatch(await h1.docker("ps", "--format", "{{.Names}}"), /etcd-h1/);
  });
});
