// etcd's members are those that etcd counts: what host configs say of them, and what somebody does by hand, takes no quorum away.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { startBootstrapped } from "#lab/start-bootstrapped.ts";

const deadlineMs = 120_000;
/** More than two ticks at this cluster's interval. */
const severalTicks = 3;

describe("members of etcd", { skip: skipWithoutRelease(), timeout: 900_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly [LabHost, LabHost, LabHost];

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    const [h1, h2, h3] = lab.hosts;
    assert.ok(h1 !== undefined && h2 !== undefined && h3 !== undefined);
    hosts = [h1, h2, h3];
    cluster = await createCluster(lab, "recovery");
    await change({
      "etcd.hosts": ["h1"],
      "etcd.membership": { enabled: false },
      "agent.interval": "2s",
      "agent.jitter": "0s",
    });
    await startBootstrapped(cluster, [h1], deadlineMs);
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const change = async (changes: Parameters<typeof changedYaml>[1]): Promise<void> =>
    cluster.edit((text) => changedYaml(text, changes));
  /** Another argument of etcd for all members, delivered to these hosts. */
  const heartbeat = async (ms: number, ...to: readonly LabHost[]): Promise<void> => {
    await change({ "etcd.extraArgs": [`--heartbeat-interval=${ms}`] });
    await cluster.planner("split");
    await cluster.deliver(...to);
  };
  const container = (host: LabHost): string => `etcd-${host.name}`;
  const argsOf = async (host: LabHost): Promise<readonly string[]> =>
    // what docker inspect says of the arguments
    JSON.parse(await host.docker("inspect", "--format", "{{json .Args}}", container(host))) as readonly string[];
  const startOf = async (host: LabHost): Promise<string> =>
    host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", container(host));
  const waits = async (host: LabHost, reason: RegExp): Promise<void> => {
    await eventually(
      async () => {
        const found = await cluster.report(host);
        if (found.blocked.some((one) => one.container === container(host) && reason.test(one.reason))) return true;
        throw new Error(JSON.stringify(found));
      },
      { what: `${host.name} says ${reason}`, deadlineMs },
    );
  };
  /** Resolves after some more ticks of the host's agent. */
  const ticks = async (host: LabHost): Promise<void> => {
    const tick = async (): Promise<number> => (await cluster.report(host)).tick;
    const first = await tick();
    await eventually(async () => (await tick()) >= first + severalTicks, { what: "more ticks", deadlineMs });
  };
  /** A change of members, again while etcd is not well enough for it. */
  const member = async (...args: readonly string[]): Promise<void> => {
    await eventually(async () => cluster.etcdctl(hosts[0], "member", ...args), {
      what: `member ${args[0]}`,
      deadlineMs,
    });
  };
  const members = async (): Promise<readonly string[]> =>
    (await cluster.etcdctl(hosts[0], "member", "list"))
      .trim()
      .split("\n")
      .map((line) => line.split(", ").slice(1).toSpliced(3, 1).join(" "))
      .toSorted();
  const idOf = async (name: string): Promise<string> => {
    const lines = (await cluster.etcdctl(hosts[0], "member", "list")).split("\n");
    const id = lines.map((line) => line.split(", ")).find(([, , found]) => found === name)?.[0];
    assert.ok(id !== undefined, lines.join("\n"));
    return id;
  };
  const reads = async (key: string, value: string, ...from: readonly LabHost[]): Promise<void> => {
    for (const host of from)
      await eventually(async () => (await cluster.etcdctl(host, "get", key)).split("\n").includes(value), {
        what: `${host.name} reads ${key}`,
        deadlineMs,
      });
  };
  const writes = async (key: string): Promise<void> => {
    assert.match(await cluster.etcdctl(hosts[0], "put", key, "yes"), /OK/);
  };

  test("from one member to three in one change: each joins those that etcd lists, when it is added", async () => {
    const [h1, h2, h3] = hosts;
    await writes("one");
    const founder = await startOf(h1);
    await change({ "etcd.hosts": ["h1", "h2", "h3"] });
    await cluster.planner("split");
    await cluster.deliver(h1);
    await cluster.startAgents(h2, h3);
    for (const host of [h2, h3]) await waits(host, /the other members do not list this member/);
    await writes("alone");

    await member("add", "h2", "--peer-urls=https://10.77.0.12:2380");
    await cluster.settled([h1, h2], deadlineMs);
    const joined = await argsOf(h2);
    await waits(h3, /the other members do not list this member/);
    await member("add", "h3", "--learner", "--peer-urls=https://10.77.0.13:2380");
    await cluster.settled([h3], deadlineMs);

    assert.deepEqual(
      joined.filter((argument) => argument.startsWith("--initial-cluster")),
      [
        "--initial-cluster=h1=https://10.77.0.11:2380,h2=https://10.77.0.12:2380",
        "--initial-cluster-state=existing",
        "--initial-cluster-token=demo",
      ],
    );
    assert.equal(await startOf(h1), founder);
    assert.deepEqual(await members(), [
      "started h1 https://10.77.0.11:2380 false",
      "started h2 https://10.77.0.12:2380 false",
      "started h3 https://10.77.0.13:2380 true",
    ]);
    await reads("one", "yes", h1, h2);
  });

  test("a learner is no voter: beside it no other member stops, and after its promotion all of them may", async () => {
    const [h1, h2, h3] = hosts;
    const first = await Promise.all([h1, h2].map(startOf));
    await heartbeat(150, ...hosts);

    for (const host of [h1, h2]) await waits(host, /2 voting members, h1, h2, which have no quorum without this one/);
    await Promise.all([h1, h2].map(ticks));
    assert.deepEqual(await Promise.all([h1, h2].map(startOf)), first);
    await writes("learner");
    await member("promote", await idOf("h3"));

    await cluster.settled(hosts, deadlineMs);
    for (const host of hosts) assert.ok((await argsOf(host)).includes("--heartbeat-interval=150"), host.name);
    await reads("learner", "yes", h1, h2, h3);
  });

  test("a member that is off is missed, also by a config that does not know it: nobody else stops", async () => {
    const [h1, h2, h3] = hosts;
    const first = await Promise.all([h1, h2].map(startOf));
    await h3.kill();
    await change({ "etcd.hosts": ["h1", "h2"] });
    await heartbeat(160, h1, h2);

    for (const host of [h1, h2]) await waits(host, /etcd counts h3, which does not answer/);
    await Promise.all([h1, h2].map(ticks));
    assert.deepEqual(await Promise.all([h1, h2].map(startOf)), first);
    await writes("off");
    await h3.start();

    await cluster.settled([h1, h2], deadlineMs);
    for (const host of [h1, h2]) assert.ok((await argsOf(host)).includes("--heartbeat-interval=160"), host.name);
    await change({ "etcd.hosts": ["h1", "h2", "h3"] });
    await cluster.planner("split");
    await cluster.deliver(...hosts);
    await cluster.settled(hosts, deadlineMs);
    await reads("off", "yes", ...hosts);
  });

  test("another address in the config: the member goes on as etcd knows it, says so, and moves when etcd was told", async () => {
    const [h1, h2, h3] = hosts;
    const first = await Promise.all(hosts.map(startOf));
    await h2.exec("ip", "address", "add", "10.77.0.22/24", "dev", "eth0");
    await change({ "hosts.h2.address": "10.77.0.22" });
    await assert.rejects(cluster.planner("split"), /etcd knows the member h2 at 10\.77\.0\.12/);
    await cluster.planner("split", "--force-etcd");
    await cluster.deliver(...hosts);

    await waits(h2, /etcd knows h2 at https:\/\/10\.77\.0\.12:2380, not at https:\/\/10\.77\.0\.22:2380/);
    await Promise.all(hosts.map(ticks));
    assert.deepEqual(await Promise.all(hosts.map(startOf)), first);
    await reads("off", "yes", h2);
    await member("update", await idOf("h2"), "--peer-urls=https://10.77.0.22:2380");

    await cluster.settled(hosts, deadlineMs);
    assert.ok((await members()).includes("started h2 https://10.77.0.22:2380 false"));
    await writes("moved");
    await reads("moved", "yes", h1, h3);
    assert.ok((await argsOf(h2)).includes("--listen-peer-urls=https://10.77.0.22:2380"));
  });

  test("a member that was taken out by hand stays off, says so, and joins anew when its data is gone", async () => {
    const [h1, h2, h3] = hosts;
    const id = await idOf("h3");
    await member("remove", id);
    const state = async (): Promise<string> =>
      h3.docker("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", container(h3));
    await eventually(async () => (await state()).trim() === "exited 0", { what: "it has ended by itself", deadlineMs });
    await waits(h3, /taken out for good and must not start with its data/);
    const ended = await startOf(h3);
    await ticks(h3);

    assert.equal(await startOf(h3), ended);
    assert.equal((await state()).trim(), "exited 0");
    await writes("without");
    await member("add", "h3", "--learner", "--peer-urls=https://10.77.0.13:2380");
    await waits(h3, /holds the data of the one that was taken out: move it away/);
    await h3.exec("mv", "/var/lib/etcd/member", "/var/lib/etcd.before");
    await eventually(async () => (await members()).includes("started h3 https://10.77.0.13:2380 true"), {
      what: "h3 has joined",
      deadlineMs,
    });
    await member("promote", await idOf("h3"));
    await cluster.settled(hosts, deadlineMs);
    await reads("without", "yes", h1, h3);
    assert.equal((await members()).length, 3, h2.name);
  });
});
