// etcd begun anew from a snapshot on real hosts, in any order of delivery: never two clusters with a leader, never two snapshots.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
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

  type Restore = { readonly number: number; readonly sha256: string };

  /** The host configs in hosts/ with this restore, each of a generation of its own. */
  const write = async (
    restore: Restore,
    about: { readonly members?: readonly LabHost[]; readonly lost?: readonly LabHost[] } = {},
  ): Promise<void> => {
    const members = about.members ?? hosts;
    const addresses = Object.fromEntries(members.map(({ name, ip }) => [name, { address: ip }]));
    const token = restoredToken("demo", restore);
    const peers = members.map(({ ip }) => ({ address: ip, peerPort: 2380 }));
    const lost = (about.lost ?? []).map(({ name, ip }) => ({ name, address: ip }));
    for (const { name } of members) {
      const file = join(cluster.directory, "hosts", `${name}.yaml`);
      const config = HostConfig.parse(parse(await readFile(file, "utf8")));
      const generation = (config.generation ?? 0) + 1;
      const etcd = {
        ...config.etcd,
        token,
        members: addresses,
        restore: { ...restore, clusterId: restoredClusterId(token, peers), lost },
      };
      const text = stringify({ ...config, generation, etcd });
      await writeFile(file, withMark(text, { cluster: "demo", host: name, generation }));
    }
  };
  const take = async (host: LabHost): Promise<{ readonly sha256: string; readonly content: Buffer }> => {
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
    const restore = { number: 1, sha256 };
    await write(restore);
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
    const restore = { number: 2, sha256 };
    await write(restore);
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

    await write(former);
    await cluster.deliver(h1);
    await waits(h1, /is of restore r2-[0-9a-f]+, and the host config asks for r1-[0-9a-f]+, which is older/);
    await works(h1, "still/works");
    await write(restore);
    await cluster.deliver(...hosts);
    await cluster.settled(hosts, deadlineMs);
  });

  test("onto one host: it waits while a member that was said to be lost answers, and goes on without it", async () => {
    const [h1, h2, h3] = hosts;
    const { sha256 } = await take(h1);
    const restore = { number: 3, sha256 };
    await write(restore, { members: [h1], lost: [h2, h3] });
    await cluster.deliver(h1);
    await waits(h1, /^h2, h3, said to be lost, answer: etcd is not restored/);
    await works(h1, "until/then");
    for (const host of [h2, h3]) await host.docker("rm", "-f", agentContainer, `etcd-${host.name}`);
    await restored(h1, restore);
    await cluster.settled([h1], deadlineMs);
    await works(h1, "alone");
    assert.match(await cluster.etcdctl(h1, "member", "list"), /^[0-9a-f]+, started, h1, [^\n]*\n$/);
  });

  async function digestInForce(host: LabHost): Promise<string> {
    const config = HostConfig.parse(parse((await host.readFile("/etc/flexkube/host.yaml")).toString()));
    return config.etcd?.restore?.sha256 ?? assert.fail("no restore");
  }
});
