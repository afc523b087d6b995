// Three hosts of which one has Podman: one etcd cluster, one rolling change, and a power cut of the one with Podman.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { standingIds } from "#lab/standing-containers.ts";
import { changes, worldOf } from "#lab/world.ts";
import { startWriter } from "../three-hosts/start-writer.ts";

const settledMs = 600_000;

const skip = skipWithoutLab("namespace") || skipWithoutRelease();

describe("one host with Podman among hosts with Docker", { skip, timeout: 3_000_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly LabHost[];

  before(async () => {
    lab = await startClusterLab({ h1: "stable", h2: "podman", h3: "stable" });
    hosts = lab.hosts;
    cluster = await createCluster(lab, "three-hosts");
    await cluster.planner("split");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  test("all start at once and become one cluster, and a second tick changes nothing", async () => {
    await cluster.startAgents(...hosts);
    await cluster.settled(hosts, settledMs);
    await cluster.etcdctl(lab.host("h2"), "put", "greeting", "hello");
    for (const host of hosts) assert.match(await cluster.etcdctl(host, "get", "greeting"), /hello/);
    const untouched = await Promise.all(hosts.map(worldOf));

    await cluster.nudge(...hosts);
    await cluster.settled(hosts, settledMs);

    assert.deepEqual(await Promise.all(hosts.map(worldOf)), untouched);
  });

  test("a changed etcd argument rolls over all hosts while a client writes, and nothing else is touched", async () => {
    const untouched = await Promise.all(hosts.map(worldOf));
    await cluster.edit((text) =>
      text.replace("etcd:\n  hosts: all", 'etcd:\n  hosts: all\n  extraArgs: ["--heartbeat-interval=150"]'),
    );
    await cluster.planner("split");
    const writer = startWriter(cluster);
    await cluster.deliver(...hosts);

    await cluster.settled(hosts, settledMs);

    const { written, failed } = await writer.stop();
    assert.deepEqual(failed, []);
    assert.ok(written > 5, `${written} writes`);
    for (const [index, host] of hosts.entries())
      assert.deepEqual(changes(untouched[index] ?? {}, await worldOf(host)), [`/etcd-${host.name}`]);
  });

  test("the host with Podman loses power, the others go on, and its agent brings everything back", async () => {
    const h2 = lab.host("h2");
    const ids = await standingIds(h2);
    await h2.kill();
    // it may have been the leader
    await eventually(async () => cluster.etcdctl(lab.host("h1"), "put", "greeting", "while it is off"), {
      what: "the others go on",
      deadlineMs: 60_000,
    });

    await h2.start();
    assert.equal((await h2.docker("ps", "-q")).trim(), "");
    await h2.docker("start", agentContainer);
    await cluster.settledAnew(hosts, settledMs);

    assert.deepEqual(await standingIds(h2), ids);
    assert.match(await cluster.etcdctl(h2, "get", "greeting"), /while it is off/);
  });
});
