// Agents that are started one after the other, the last host first: no member waits for a certain one, and one cluster comes of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { lookOften } from "#lab/look-often.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

describe("three hosts whose agents start one after the other", { skip: skipWithoutLab(), timeout: 300_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    cluster = await createCluster(lab, "three-hosts");
    await cluster.edit(lookOften);
    await cluster.planner("split");
  });
  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const runs = async (host: LabHost): Promise<void> => {
    const running = async (): Promise<boolean> =>
      (await host.docker("ps", "--format", "{{.Names}}")).split("\n").includes(`etcd-${host.name}`);
    await eventually(running, { what: `etcd runs on ${host.name}`, deadlineMs: 60_000 });
  };
  const ids = async (hosts: readonly LabHost[]): Promise<readonly string[]> =>
    Promise.all(hosts.map(async (host) => host.docker("inspect", "--format", "{{.Id}}", `etcd-${host.name}`)));

  test("the first member waits for others, two are a quorum, and the last one finds them", async () => {
    const order = [lab.host("h3"), lab.host("h1"), lab.host("h2")] as const;
    const [first, second, third] = order;
    await cluster.startAgents(first);
    await runs(first);
    await assert.rejects(cluster.etcdctl(first, "put", "alone", "1"));
    await cluster.startAgents(second);
    await eventually(async () => cluster.etcdctl(second, "put", "together", "2"), {
      what: "two members take a write",
      deadlineMs: 60_000,
    });
    const begun = await ids([first, second]);
    await cluster.startAgents(third);

    await cluster.settled(order, 150_000);

    assert.match(await cluster.etcdctl(third, "get", "together"), /together\n2/);
    const members = await cluster.etcdctl(third, "member", "list");
    assert.equal(members.match(/, started, h[123], /g)?.length, 3, members);
    assert.deepEqual(await ids([first, second]), begun);
  });
});
