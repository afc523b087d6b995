// etcd's members come, go, move and begin anew by `split` and delivery alone, under a writer that loses nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { startBootstrapped } from "#lab/start-bootstrapped.ts";
import { startKeyWriter } from "#lab/start-key-writer.ts";
import type { KeyWriter } from "#lab/start-key-writer.ts";
import { listedMembers, membersInStatus, membersReached, sameData } from "./watch-members.ts";

const deadlineMs = 180_000;
/** The longest that a client waits for a write, retries of its own included. */
const longestPauseMs = 5000;

describe("members of etcd by themselves", { skip: skipWithoutRelease(), timeout: 1_500_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let writer: KeyWriter;
  let hosts: ReadonlyMap<string, LabHost>;

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3", "h4", "h5"]);
    hosts = new Map(lab.hosts.map((host) => [host.name, host]));
    cluster = await createCluster(lab, "recovery");
    await change({
      "hosts.h4": { address: host("h4").ip },
      "hosts.h5": { address: host("h5").ip },
      "etcd.hosts": ["h1"],
      "agent.interval": "2s",
      "agent.jitter": "0s",
    });
    await startBootstrapped(cluster, [host("h1")], deadlineMs);
    writer = startKeyWriter(cluster);
  });

  after(async () => {
    await writer.stop();
    await lab.down();
    await cluster.remove();
  });

  const host = (name: string): LabHost => hosts.get(name) ?? assert.fail(name);
  const change = async (changes: Parameters<typeof changedYaml>[1]): Promise<void> =>
    cluster.edit((text) => changedYaml(text, changes));
  const reached = async (...wanted: readonly string[]): Promise<void> =>
    membersReached({ lab, cluster, deadlineMs }, wanted.join(", "), (found) => found.join() === wanted.join());
  const deliver = async (...names: readonly string[]): Promise<void> => cluster.deliver(...names.map(host));
  const settled = async (...names: readonly string[]): Promise<void> => cluster.settled(names.map(host), deadlineMs);

  test("one to three: newcomers add and promote themselves, in any order of delivery", async () => {
    await change({ "etcd.hosts": ["h1", "h2", "h3"] });
    const told = await cluster.planner("split");
    assert.match(told, /etcd: h2 and h3 join one after the other, each as a learner until it has the data/);
    await cluster.startAgents(host("h3"), host("h2"));
    await reached("h1", "h2", "h3");
    await deliver("h1");
    await settled("h1", "h2", "h3");
  });

  test("three to five", async () => {
    await change({ "etcd.hosts": ["h1", "h2", "h3", "h4", "h5"] });
    await cluster.planner("split");
    await cluster.startAgents(host("h4"), host("h5"));
    await deliver("h1", "h2", "h3");
    await reached("h1", "h2", "h3", "h4", "h5");
    await settled("h1", "h2", "h3", "h4", "h5");
  });

  test("five to three, the one that leads among those that go: it runs until the others have taken it out", async () => {
    await cluster.etcdctl(host("h1"), "endpoint", "status");
    await change({ "etcd.hosts": ["h3", "h4", "h5"] });
    await cluster.planner("split");
    await deliver("h1", "h2");
    await eventually(
      async () =>
        (await cluster.report(host("h1"))).blocked.some(({ reason }) => reason.startsWith("it leaves when the other")),
      { what: "h1 waits until it is taken out", deadlineMs },
    );
    await deliver("h3", "h4", "h5");
    await reached("h3", "h4", "h5");
    await settled("h1", "h2", "h3", "h4", "h5");
    for (const name of ["h1", "h2"])
      assert.equal(await host(name).docker("ps", "-aq", "--filter", "name=etcd-"), "", `nothing of etcd on ${name}`);
  });

  test("a lost disk: its host begins anew under another name, and what was there before is never begun with", async () => {
    const h5 = host("h5");
    await h5.docker("stop", agentContainer, "etcd-h5");
    await h5.exec("mv", "/var/lib/etcd/member", "/var/lib/old-disk");
    await h5.docker("start", agentContainer);
    await eventually(
      async () => (await cluster.report(h5)).blocked.some(({ reason }) => reason.includes("--replace-member h5")),
      { what: "h5 says that its data is lost, and what to type", deadlineMs },
    );
    // the old disk turns up again, just when nobody expects it
    await h5.docker("stop", agentContainer);
    await h5.exec("cp", "-a", "/var/lib/old-disk", "/var/lib/etcd/member");
    const told = await cluster.planner("split", "--replace-member", "h5");
    assert.match(told, /etcd: h5 begins anew as h5\.2/);
    await deliver("h3", "h4", "h5");
    await h5.docker("start", agentContainer);
    await reached("h3", "h4", "h5.2");
    await settled("h3", "h4", "h5");
    assert.match(await h5.exec("ls", "/var/lib/etcd"), /h5\.2\nmember/);
    await sameData(cluster, ["h3", "h4", "h5"].map(host));
  });

  test("an address changes: its host tells etcd first, and its member starts there", async () => {
    const h4 = host("h4");
    const moved = "10.77.0.44";
    await h4.exec("ip", "address", "add", `${moved}/24`, "dev", "eth0");
    await change({ "hosts.h4": { address: moved } });
    assert.match(await cluster.planner("split"), /etcd: h4 moves to 10\.77\.0\.44/);
    await deliver("h5", "h4", "h3");
    await settled("h3", "h4", "h5");
    const list = await cluster.etcdctl(host("h3"), "member", "list");
    assert.match(list, new RegExp(`h4, https://${moved}:2380, https://${moved}:2379, false`));
  });

  test("a late host config changes nothing, and its host says which one it needs", async () => {
    assert.deepEqual(await listedMembers(cluster), ["h3", "h4", "h5.2"]);
    await change({ "etcd.hosts": ["h3", "h4"] });
    await cluster.planner("split");
    await deliver("h3");
    await reached("h3", "h4");
    await eventually(
      async () =>
        (await cluster.report(host("h4"))).warnings.some((warning) => warning.includes("deliver the newest")) ||
        (await membersInStatus(host("h4"))),
      { what: "h4 says that its host config is old", deadlineMs },
    );
    await deliver("h4", "h5");
    await settled("h3", "h4", "h5");
  });

  test("two to one: only with a backup of this hour and both well for a minute", async () => {
    await change({ "etcd.hosts": ["h3"] });
    await cluster.planner("split");
    // an agent that has just started has seen nobody well for a minute
    await host("h3").docker("stop", agentContainer);
    await deliver("h4", "h3");
    await host("h3").docker("start", agentContainer);
    await eventually(async () => (await membersInStatus(host("h3"))).includes("is one of two members"), {
      what: "h3 says what it waits for",
      deadlineMs,
    });
    await host("h3").docker("exec", agentContainer, "/flexkube-agent", "backup", "take");
    await reached("h3");
    await settled("h3", "h4");
  });

  test("no acknowledged write is lost, and none took long", async (t) => {
    const { written, longestMs, failed } = await writer.stop();
    const found = await cluster.etcdctl(host("h3"), "get", "--prefix", "written/", "--keys-only");
    const keys = new Set(found.split("\n").filter((line) => line !== ""));
    const lost = written.filter((key) => !keys.has(key));
    t.diagnostic(`${written.length} writes, the longest ${Math.round(longestMs)} ms, ${failed} tried again`);
    assert.deepEqual(lost, []);
    assert.ok(written.length > 100, `${written.length} writes`);
    assert.ok(longestMs < longestPauseMs, `a write took ${longestMs} ms`);
  });
});
