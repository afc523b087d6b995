// The README's ways back, typed on real hosts: a host that is lost, a quorum that is lost, certificates that have ended.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { readCommands } from "#lab/read-commands.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { askApi } from "#planner/io/https-api.ts";
import { askRegistry } from "#planner/io/ask-registry.ts";
import { runPlanner } from "#planner/cli/command-line.ts";
import { diskFileIo } from "#planner/io/disk-file-io.ts";
import { diskRunLock } from "#planner/io/disk-run-lock.ts";
import { diskPkiIo } from "#planner/pki/pki-io.ts";

const deadlineMs = 120_000;
const readme = new URL("README.md", import.meta.url);
const project = fileURLToPath(new URL("../../", import.meta.url));

describe("recovery", { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly [LabHost, LabHost, LabHost];

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    const [h1, h2, h3] = lab.hosts;
    assert.ok(h1 !== undefined && h2 !== undefined && h3 !== undefined);
    hosts = [h1, h2, h3];
    cluster = await createCluster(lab, "recovery");
    // etcd of its own accord compares nothing
    await cluster.edit((text) => changedYaml(text, { "etcd.extraArgs": ["--experimental-corrupt-check-time=5s"] }));
    const planner = `#!/bin/sh\nexec ${project}node_modules/.bin/node ${project}planner/main.ts "$@"\n`;
    await writeFile(join(cluster.directory, "flexkube-planner"), planner, { mode: 0o755 });
    await cluster.planner("split");
    await cluster.startAgents(...hosts);
    await cluster.settled(hosts, deadlineMs);
    await cluster.planner("split", "--bootstrapped");
    await deliver(...hosts);
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  async function deliver(...to: readonly LabHost[]): Promise<void> {
    await cluster.deliver(...to);
    await cluster.nudge(...to);
    await cluster.settled(to, deadlineMs);
  }
  /** Types the commands below a heading, with access to etcd. */
  const type = async (heading: string, change = (text: string): string => text): Promise<string> => {
    const script = (await readCommands(readme, "Access to etcd")) + change(await readCommands(readme, heading));
    return lab.net("env", "-C", cluster.directory, "bash", "-euc", `PATH="$PWD:$PATH"\n${script}`);
  };
  /** Types the commands below a heading on a host itself. */
  const typeOn = async (host: LabHost, heading: string, change = (text: string): string => text): Promise<void> => {
    await host.exec("sh", "-euc", change(await readCommands(readme, heading)));
  };
  const reads = async (host: LabHost, key: string, value: string): Promise<void> => {
    await eventually(async () => (await cluster.etcdctl(host, "get", key)).split("\n").includes(value), {
      what: `${host.name} reads ${key}`,
      deadlineMs,
    });
  };
  const members = async (): Promise<readonly string[]> => {
    const list = await cluster.etcdctl(hosts[0], "member", "list");
    return list
      .trim()
      .split("\n")
      .map((line) => line.split(", ").slice(1, 3).join(" "))
      .toSorted();
  };

  test("a host that is lost for good: the member that takes its place has all data", async () => {
    const [h1, , h3] = hosts;
    await cluster.etcdctl(h1, "put", "before", "loss");
    await h3.kill();
    await h3.wipe("/var/lib/etcd", "/var/lib/flexkube", "/etc/kubernetes");
    await h3.start();
    await h3.docker("rm", "-f", "etcd-h3", agentContainer);
    await cluster.startAgents(h3);
    await eventually(
      async () => (await cluster.report(h3)).blocked.some(({ reason }) => reason.includes("its data is lost")),
      { what: "h3 says that its data is lost", deadlineMs },
    );

    await type("A host is lost for good");
    await cluster.deliver(...hosts);

    await reads(h3, "before", "loss");
    assert.deepEqual(await members(), ["started h1", "started h2", "started h3.2"]);
    await cluster.settled(hosts, deadlineMs);
  });

  test("a member whose data differs: it begins anew, and has what the others have", async () => {
    const [h1, , h3] = hosts;
    const [right, wrong] = ["right".repeat(20), "wrong".repeat(20)];
    await cluster.etcdctl(h1, "put", "differs", right);
    await reads(h3, "differs", right);
    // one after the other: an agent that sees etcd end starts it again
    for (const name of [agentContainer, "etcd-h3"]) await h3.docker("stop", name);
    // pages have no checksums: what is written into one is what the member knows from then on
    const database = "/var/lib/etcd/h3.2/member/snap/db";
    await h3.exec("env", "LC_ALL=C", "sed", "-i", `s/${right}/${wrong}/g`, database);
    await h3.docker("start", "etcd-h3", agentContainer);
    for (const host of [h1, h3])
      await eventually(
        async () => {
          const { stdout } = await host.tryDocker(["exec", agentContainer, "/flexkube-agent", "status"]);
          return /data .*differs.* \(alarm CORRUPT\)/.test(stdout) || Promise.reject(new Error(stdout));
        },
        { what: `${host.name} tells of it`, deadlineMs },
      );
    const local = async (): Promise<string> =>
      cluster.etcdctl(h3, "get", "differs", "--consistency=s", "--print-value-only");
    assert.equal((await local()).trim(), wrong);
    const hashes = [...(await type("Find that member")).matchAll(/^https:..10\.77\.0\.1([123]):2379, ([0-9]+)$/gm)];
    const ofH3 = hashes.find(([, which]) => which === "3")?.[2];
    assert.deepEqual([hashes.length, hashes.filter(([, , hash]) => hash === ofH3).length], [3, 1]);

    await withCli(h3);
    await typeOn(h3, "Stop that member");
    await type("Let it begin anew");
    await cluster.deliver(...hosts);
    await h3.docker("start", agentContainer);
    await reads(h3, "differs", right);
    assert.deepEqual(await members(), ["started h1", "started h2", "started h3.3"]);
    await cluster.settled(hosts, deadlineMs);
    assert.equal((await cluster.etcdctl(h1, "alarm", "list")).trim(), "");
    await same(async () => cluster.etcdctl(h1, "endpoint", "hashkv", "--cluster"));
    assert.equal((await local()).trim(), right);
    await cluster.etcdctl(h1, "put", "after", "corruption");
  });

  /** Lab hosts have the daemon alone. */
  const withCli = async (...to: readonly LabHost[]): Promise<void> => {
    const cli = await readFile((await runCommand(["sh", "-c", "command -v docker"])).trim());
    for (const host of to) await host.writeFile("/usr/local/bin/docker", cli, 0o755);
  };
  /** Puts the snapshot where the README says on these hosts, and the changed host configs on all. */
  const deliverRestore = async (snapshot: Buffer, to: readonly LabHost[]): Promise<void> => {
    for (const host of to) {
      await typeOn(host, "Restore", (text) => text.replace(/^flexkube-planner .*$/m, ""));
      await host.writeFile("/var/lib/flexkube/restore/any", snapshot, 0o600);
    }
    await cluster.deliver(...hosts);
  };
  /** Each member tells the hash of what it has by then, and one may be a write behind the others. */
  const same = async (tell: () => Promise<string>): Promise<void> => {
    await eventually(
      async () => {
        const said = await tell();
        const hashes = [...said.matchAll(/^https:[^,]+, ([0-9]+)$/gm)].map(([, hash]) => hash);
        assert.equal(hashes.length, 3, said);
        assert.equal(new Set(hashes).size, 1, said);
      },
      { what: "all members have the same data" },
    );
  };

  test("a quorum that is lost: all begin anew from what the last member has, with the same data on each", async () => {
    const [h1, h2, h3] = hosts;
    const keys = 10;
    for (let key = 0; key < keys; key += 1) await cluster.etcdctl(h1, "put", `precious/${key}`, "kept");
    await cluster.etcdctl(h1, "put", "precious", "kept");
    for (const host of [h2, h3]) {
      // the agent first, which would make another
      for (const name of [agentContainer, `etcd-${host.name}`]) await host.docker("rm", "-f", name);
      await host.exec("rm", "-rf", "/var/lib/etcd", "/var/lib/flexkube");
    }
    await assert.rejects(cluster.etcdctl(h1, "put", "precious", "lost"));

    await withCli(...hosts);
    await typeOn(h1, "Take what is left");
    const snapshot = await h1.readFile("/root/etcd.db");
    await writeFile(join(cluster.directory, "etcd.db"), snapshot, { mode: 0o600 });
    const told = await type("Restore", (text) => text.replace(/^mkdir .*$/m, ""));
    assert.match(told, /^restore 1: etcd begins anew from etcd\.db /m);
    await deliverRestore(snapshot, hosts);
    await cluster.startAgents(h2, h3);
    await cluster.settled(hosts, deadlineMs);

    await same(async () => type("All are well again"));
    await deliver(...hosts);
    assert.deepEqual(await members(), ["started h1", "started h2", "started h3.3"]);
    for (const host of hosts) {
      const found = await cluster.etcdctl(host, "get", "--prefix", "precious", "--keys-only", "--consistency=s");
      assert.equal(found.split("\n").filter((line) => line !== "").length, keys + 1, host.name);
      await reads(host, "precious", "kept");
    }
    await cluster.etcdctl(h2, "put", "after", "restore");
    await reads(h3, "after", "restore");
  });

  test("back to a backup: all members go on until they begin anew, and what was written since is gone", async () => {
    const [h1, h2, h3] = hosts;
    await h2.docker("exec", agentContainer, "/flexkube-agent", "backup", "take");
    await cluster.etcdctl(h1, "del", "--prefix", "precious");
    const listed = await h2.exec("sh", "-euc", await readCommands(readme, "Choose a backup"));
    const name = /demo-h2-\S+\.db/.exec(listed)?.[0] ?? "";
    for (const each of [name, `${name}.json`])
      await writeFile(join(cluster.directory, each), await h2.readFile(`/var/lib/flexkube-backup/${each}`));

    const told = await cluster.planner("restore", "--snapshot", join(cluster.directory, name));
    assert.match(told, new RegExp(`h2 made it: /var/lib/flexkube-backup/${name}`));
    await deliverRestore(await h2.readFile(`/var/lib/flexkube-backup/${name}`), [h1, h3]);
    await cluster.nudge(...hosts);
    await cluster.settledAnew(hosts, deadlineMs);

    for (const host of hosts) await reads(host, "precious", "kept");
    await same(async () => type("All are well again"));
    await deliver(...hosts);
  });

  test("certificates that have ended: split and delivery are all it takes, and no data is lost", async () => {
    const [h1, h2] = hosts;
    const lifeMs = 3_600_000;
    await cluster.edit((text) => `${text}pki: { validity: 1h }\n`);
    for (const host of hosts)
      for (const kind of ["server", "peer"])
        await lab.net("rm", join(cluster.directory, `pki/etcd/${host.name}-${kind}.crt`));
    // a delivery that is read before they end takes half a minute on a busy machine, and twice that on a slow one
    await splitAt(cluster.directory, Date.now() - lifeMs + 90_000);
    await deliver(...hosts);
    await reads(h1, "precious", "kept");
    await eventually(
      async () =>
        cluster.etcdctl(h1, "get", "precious").then(
          () => false,
          () => true,
        ),
      { what: "the certificates have ended, and with them the access", deadlineMs },
    );

    await type("Certificates have expired");
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
    await cluster.settled(hosts, deadlineMs);

    await reads(h1, "precious", "kept");
    await reads(h2, "precious", "kept");
    await cluster.etcdctl(h1, "put", "after", "renewal");
  });
});

/** What `flexkube-planner split` in this directory would have done at another time (epoch milliseconds). */
async function splitAt(directory: string, time: number): Promise<void> {
  const offset = time - Date.now();
  const clock = { now: () => Date.now() + offset, sleep: async (ms: number) => sleep(ms) };
  const said: string[] = [];
  const tell = (text: string): void => void said.push(text);
  const code = await runPlanner(
    ["split", join(directory, "cluster.yaml"), "--out", join(directory, "hosts"), "--pki", join(directory, "pki")],
    {
      files: diskFileIo(),
      pki: diskPkiIo(),
      lock: diskRunLock(clock),
      clock,
      randomBytes,
      askApi,
      askRegistry,
      print: tell,
      printError: tell,
    },
  );
  assert.equal(code, 0, said.join(""));
}
