// Hosts that let nobody in: a machine with nftables and two hosts with iptables. The cluster cannot form, each agent says which ports and
// what to type, and what it says opens them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 300_000;

describe("hosts whose packet filter lets nobody in", { skip: skipWithoutLab(), timeout: 1_200_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;

  before(async () => {
    lab = await startClusterLab({ h1: "machine", h2: "stable", h3: "stable" });
    cluster = await createCluster(lab, "three-hosts");
    const [h1, ...others] = lab.hosts;
    assert.ok(h1);
    await h1.writeFile("/etc/nftables.conf", await readFile(new URL("nftables.conf", import.meta.url)));
    await h1.exec("systemctl", "enable", "-q", "--now", "nftables");
    await Promise.all(others.map(closeByIptables));
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const warningsOf = async (host: LabHost): Promise<readonly string[]> =>
    (await cluster.report(host)).warnings.filter((warning) => warning.startsWith("firewall: "));
  const told = async (host: LabHost): Promise<string> =>
    eventually(
      async () => {
        const [warning, ...more] = await warningsOf(host);
        assert.ok(warning !== undefined && more.length === 0, `${host.name}: ${warning} ${more.join()}`);
        return warning;
      },
      { what: `${host.name} tells of its packet filter`, deadlineMs },
    );

  test("no cluster forms, and each host tells which ports of it are closed, while it still waits", async (t) => {
    await cluster.planner("split");
    await cluster.startAgents(...lab.hosts);

    const [nft = "", ...iptables] = await Promise.all(lab.hosts.map(told));
    assert.match(
      nft,
      /chain input of nftables' table inet filter drops tcp\/2379 \(etcd\), tcp\/2380 \(etcd\), needed/,
    );
    for (const text of iptables)
      assert.match(text, /chain INPUT of iptables' table filter drops tcp\/2379 \(etcd\), tcp\/2380 \(etcd\), needed/);
    t.diagnostic(nft);
    await assert.rejects(cluster.etcdctl(undefined, "endpoint", "health"));
    for (const host of lab.hosts) assert.equal((await cluster.status(host)).components.length > 0, true);
  });

  test("what they say opens them, and the cluster forms; nothing is told any more, nor left behind", async (t) => {
    for (const host of lab.hosts) {
      const [, command = ""] = /to mend it: (.*), and the same/.exec(await told(host)) ?? [];
      assert.notEqual(command, "");
      await host.exec("sh", "-c", command);
    }
    await cluster.nudge(...lab.hosts);
    await cluster.settled(lab.hosts, deadlineMs);

    for (const host of lab.hosts) {
      await eventually(async () => assert.deepEqual(await warningsOf(host), []), {
        what: `${host.name} has nothing to tell`,
        deadlineMs,
      });
      assert.equal(await host.docker("ps", "-aq", "--filter", "label=flexkube.helper=firewall"), "");
    }
    t.diagnostic(`${await lab.host("h1").cpuSeconds()} CPU seconds of the machine`);
  });

  test("a filter that closes again while all works is told with the next look, and holds nothing back", async () => {
    const h1 = lab.host("h1");
    await h1.exec("systemctl", "reload", "nftables");
    await h1.docker("restart", "flexkube-agent");

    assert.match(await told(h1), /tcp\/2380/);
    await cluster.settled([h1], deadlineMs);
  });
});

/** Nothing comes in but answers and what is the host's own. */
async function closeByIptables(host: LabHost): Promise<void> {
  for (const rule of ["-A INPUT -i lo", "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED"])
    await host.exec("iptables", ...rule.split(" "), "-j", "ACCEPT");
  await host.exec("iptables", "-P", "INPUT", "DROP");
}
