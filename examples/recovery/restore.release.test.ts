// etcd begun anew from a snapshot on real hosts, in any order of delivery: never two clusters with a leader, never two snapshots.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse, stringify } from "yaml";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { clustersSeen, sampleClusters, secondLeaders } from "#lab/sample-clusters.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { startBootstrapped } from "#lab/start-bootstrapped.ts";
import { restoredToken, restoreId } from "#shared/backup/restore-id.ts";
import { withMark } from "#shared/delivery/delivery-mark.ts";
import { restoredClusterId } from "#shared/expand/components/etcd.ts";
import { HostConfig } from "#shared/schema/host-config.ts";

const deadlineMs = 120_000;
const backups = "/var/lib/flexkube-backup";
const place = "/var/lib/flexkube/restore";

describe("restore of etcd", { skip: skipWithoutRelease(), timeout: 1_200_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly [LabHost, LabHost, LabHost];

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    const [h1, h2, h3] = lab.hosts;
    assert.ok(h1 !== undefined && h2 !== undefined && h3 !== undefined);
    hosts = [h1, h2, h3];
    cluster = await createCluster(lab, "recovery");
    await cluster.edit((text) => changedYaml(text, { agent: { interval: "1s", jitter: "0s" } }));
    await startBootstrapped(cluster, hosts, deadlineMs);
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  type Taken = { readonly sha256: string; readonly content: Buffer };
  type Restore = { readonly number: number; readonly sha256: string };

  /** By the operator's own command. */
  const begin = async ({ sha256, content }: Taken, number: number, ...more: readonly string[]): Promise<Restore> => {
    await writeFile(join(cluster.directory, "snapshot.db"), content, { mode: 0o600 });
    const told = await cluster.planner("restore", "--snapshot", "snapshot.db", ...more);
    assert.match(told, new RegExp(`^restore ${number}: etcd begins anew from snapshot\\.db `, "m"));
    return { number, sha256 };
  };
  const change = async (changes: Parameters<typeof changedYaml>[1]): Promise<void> =>
    cluster.edit((text) => changedYaml(text, changes));
  /** A host config that no planner would give out any more, though its generation is the next. */
  const deliverFormer = async (host: LabHost, former: Restore): Promise<void> => {
    const text = (await host.readFile("/etc/flexkube/host.yaml")).toString();
    const config = HostConfig.parse(parse(text));
    const generation = (config.generation ?? 0) + 1;
    const token = restoredToken("demo", former);
    const clusterId = restoredClusterId(token, Object.values(config.etcd?.members ?? {}));
    const etcd = { ...config.etcd, token, restore: { ...config.etcd?.restore, ...former, clusterId } };
    const marked = withMark(stringify({ ...config, generation, etcd }), {
      cluster: "demo",
      host: host.name,
      generation,
    });
    await host.writeFile("/etc/flexkube/host.yaml", Buffer.from(marked), 0o600);
  };
  const take = async (host: LabHost): Promise<Taken> => {
    const taken = await host.docker("exec", agentContainer, "/flexkube-agent", "backup", "take");
    const [name = "", , sha256 = ""] = taken.split("\n")[0]?.split(/ +/) ?? [];
    return { sha256, content: await host.readFile(`${backups}/${name}`) };
  };
  const waits = async (host: LabHost, reason: RegExp): Promise<void> => {
    await eventually(
      async () => {
        const found = await cluster.report(host);
        if (found.blocked.some((one) => one.container === `etcd-${host.name}` && reason.test(one.reason))) return true;
        throw new Error(JSON.stringify(found));
      },
      { what: `${host.name} says ${reason}`, deadlineMs },
    );
  };
  const restored = async (host: LabHost, restore: Restore): Promise<void> => {
    await eventually(async () => host.exec("test", "-e", `/var/lib/etcd/member/restored-${restoreId(restore)}`), {
      what: `${host.name} has restored ${restoreId(restore)}`,
      deadlineMs,
    });
  };
  const works = async (host: LabHost, key: string): Promise<void> => {
    await eventually(async () => cluster.etcdctl(host, "put", key, "1"), { what: `${key} is written`, deadlineMs });
  };
  const keys = async (host: LabHost, prefix: string): Promise<number> =>
    (await cluster.etcdctl(host, "get", "--prefix", prefix, "--keys-only", "--consistency=s"))
      .split("\n")
      .filter((line) => line !== "").length;
  const assertSame = async (): Promise<void> => {
    const said = await cluster.etcdctl(undefined, "endpoint", "hashkv");
    const hashes = [...said.matchAll(/^https:[^,]+, ([0-9]+)/gm)].map(([, hash]) => hash);
    assert.equal(hashes.length, 3, said);
    assert.equal(new Set(hashes).size, 1, said);
  };
  const many = async (host: LabHost, prefix: string, count: number): Promise<void> => {
    for (let key = 0; key < count; key++) await cluster.etcdctl(host, "put", `${prefix}/${key}`, "x");
  };

  test("a lost quorum: each host begins from the same snapshot when its config comes, the last one long after", async () => {
    const [h1, h2, h3] = hosts;
    await many(h1, "kept", 20);
    const { sha256, content } = await take(h1);
    await cluster.etcdctl(h1, "put", "after-the-snapshot", "gone");
    for (const host of [h2, h3]) {
      await host.docker("rm", "-f", agentContainer, `etcd-${host.name}`);
      await host.exec("rm", "-rf", "/var/lib/etcd", "/var/lib/flexkube", backups);
    }
    await assert.rejects(cluster.etcdctl(h1, "put", "kept", "no quorum"));
    const restore = await begin({ sha256, content }, 1);
    const sampler = await sampleClusters(lab, join(cluster.directory, "pki"));

    await cluster.startAgents(h2);
    await waits(h2, new RegExp(`no file here has its SHA-256 ${sha256}`));
    const other = Buffer.from(content);
    other.writeUInt8((other[4000] ?? 0) ^ 1, 4000);
    await h2.writeFile(`${place}/another.db`, other, 0o600);
    await waits(h2, /restore: 1 file, none with this digest/);
    await h2.writeFile(`${place}/snapshot.db`, content, 0o600);
    await restored(h2, restore);
    await cluster.deliver(h1);
    await restored(h1, restore);
    await works(h1, "first/write");
    await many(h2, "late", 100);
    await h3.writeFile(`${place}/s`, content, 0o600);
    await cluster.startAgents(h3);
    await cluster.settled(hosts, deadlineMs);

    const samples = await sampler.stop();
    assert.equal(clustersSeen(samples).length, 1);
    for (const host of hosts) {
      assert.equal(await keys(host, "kept/"), 20, host.name);
      assert.equal(await keys(host, "late/"), 100, host.name);
      assert.equal(await keys(host, "after-the-snapshot"), 0, host.name);
    }
    await assertSame();
    assert.equal((await h1.exec("ls", `/var/lib/etcd/before-${restoreId(restore)}`)).trim(), "member");
    assert.equal(await h1.exec("ls", "-A", "/var/lib/etcd"), `before-${restoreId(restore)}\nmember\n`);
  });

  test("a second restore while the former members live behind a partition: at no moment two clusters have a leader", async () => {
    const [h1, h2, h3] = hosts;
    const { sha256, content } = await take(h2);
    await many(h1, "gone", 10);
    const former = { number: 1, sha256: await digestInForce(h1) };
    const restore = await begin({ sha256, content }, 2);
    for (const host of hosts) await host.writeFile(`${place}/second.db`, content, 0o600);
    const sampler = await sampleClusters(lab, join(cluster.directory, "pki"));
    await many(h1, "sampled", 10);

    for (const other of ["h1", "h2"]) await h3.partition(other);
    await cluster.deliver(h2);
    await restored(h2, restore);
    await cluster.deliver(h1);
    await restored(h1, restore);
    await works(h1, "second/write");
    await many(h2, "late-again", 20);
    await lab.heal();
    await many(h2, "healed", 20);
    await cluster.deliver(h3);
    await cluster.settled(hosts, deadlineMs);

    const samples = await sampler.stop();
    assert.equal(clustersSeen(samples).length, 2, JSON.stringify(clustersSeen(samples)));
    assert.deepEqual(secondLeaders(samples), []);
    for (const host of hosts) assert.equal(await keys(host, "gone/"), 0, host.name);
    await assertSame();

    await deliverFormer(h1, former);
    await waits(h1, /is of restore r2-[0-9a-f]+, and the host config asks for r1-[0-9a-f]+, which is older/);
    await works(h1, "still/works");
    // the planner has given out one less
    for (const interval of ["2s", "1s"]) {
      await change({ "agent.interval": interval });
      await cluster.planner("split");
    }
    await cluster.deliver(...hosts);
    await cluster.settled(hosts, deadlineMs);
  });

  test("onto one host: it waits while a member that was said to be lost answers, and goes on without it", async () => {
    const [h1, h2, h3] = hosts;
    await change({ "etcd.hosts": ["h1"] });
    const restore = await begin(await take(h1), 3, "--lost", "h2,h3");
    await cluster.deliver(h1);
    await waits(h1, /^h2, h3, said to be lost, answer: etcd is not restored/);
    await works(h1, "until/then");
    for (const host of [h2, h3]) await host.docker("rm", "-f", agentContainer, `etcd-${host.name}`);
    await restored(h1, restore);
    await cluster.settled([h1], deadlineMs);
    await works(h1, "alone");
    assert.match(await cluster.etcdctl(h1, "member", "list"), /^[0-9a-f]+, started, h1, [^\n]*\n$/);
  });

  test("to a new address: the member begins there, when nobody is at its old place any more", async () => {
    const [h1] = hosts;
    const taken = await take(h1);
    const address = "10.77.0.51";
    // in this order: a further address of a network goes with its first one
    await h1.exec("ip", "address", "del", `${h1.ip}/24`, "dev", "eth0");
    await h1.exec("ip", "address", "add", `${address}/24`, "dev", "eth0");
    await change({ "hosts.h1.address": address });
    const restore = await begin(taken, 4, "--lost", "h1,h2,h3");
    await cluster.deliver(h1);
    await restored(h1, restore);
    await cluster.settled([h1], deadlineMs);
    await cluster.planner("split", "--bootstrapped");
    await cluster.deliver(h1);
    await cluster.settled([h1], deadlineMs);
    const args = await h1.docker("inspect", "--format", "{{json .Args}}", "etcd-h1");
    assert.match(args, new RegExp(`--advertise-client-urls=https://${address}:2379`));
  });

  async function digestInForce(host: LabHost): Promise<string> {
    const config = HostConfig.parse(parse((await host.readFile("/etc/flexkube/host.yaml")).toString()));
    return config.etcd?.restore?.sha256 ?? assert.fail("no restore");
  }
});
