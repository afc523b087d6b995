// flexkube-planner restore: host configs of a cluster that begins anew from a snapshot, and what stands in its way.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { BackupRecord } from "#shared/backup/backup-record.ts";
import { etcdClusterId } from "#shared/backup/restore-id.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { machineAfter } from "#planner/testing/machine-after.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const three = smallCluster
  .replace("hosts:\n  h1", "hosts:\n  h4: { address: 10.0.0.4 }\n  h5: { address: 10.0.0.5 }\n  h1")
  .replace("etcd:\n  hosts: h1", "etcd:\n  hosts: [h1, h2, h3]\n  version: 3.5.35");
const up = [["split"], ["split", "--bootstrapped"]] as const;

function snapshotOf(text: string): Buffer {
  const pages = Buffer.alloc(1024, text);
  return Buffer.concat([pages, createHash("sha256").update(pages).digest()]);
}

const file = "demo-h2-cdf818194e3a8c32-48211-20260101T000000Z.db";
const first = snapshotOf("first");
const second = snapshotOf("second");

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function recordOf(bytes: Buffer, change: Partial<BackupRecord> = {}): string {
  return JSON.stringify({
    version: 1,
    cluster: "demo",
    member: "h2",
    clusterId: "cdf818194e3a8c32",
    revision: 48_211,
    takenAt: "2026-01-01T00:00:00Z",
    sha256: sha256Of(bytes),
    bytes: bytes.length,
    etcdVersion: "3.5.35",
    members: ["h1", "h2", "h3"],
    token: "demo",
    ...change,
  });
}

function lay(machine: FakeMachine, bytes: Buffer, { name = file, record = recordOf(bytes) } = {}) {
  machine.files.set(name, { bytes, mode: 0o600 });
  if (record !== "") machine.put(`${name}.json`, record);
}

/** A cluster that is up, with the snapshot beside its config. */
async function begin(bytes = first, options: Parameters<typeof lay>[2] = {}): Promise<FakeMachine> {
  const machine = await machineAfter(three, ...up);
  lay(machine, bytes, options);
  return machine;
}

function edit(machine: FakeMachine, ...changes: readonly (readonly [from: string, to: string])[]): void {
  let text = machine.text("cluster.yaml") ?? "";
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), from);
    text = text.replace(from, to);
  }
  machine.put("cluster.yaml", text);
}

async function well(machine: FakeMachine, ...args: readonly string[]) {
  const result = await machine.run(...args);
  assert.equal(result.code, 0, result.stderr);
  return result;
}

async function refused(machine: FakeMachine, ...args: readonly string[]): Promise<string> {
  machine.writes.length = 0;
  const { code, stderr } = await machine.run("restore", "--snapshot", file, ...args);
  assert.equal(code, 65, stderr);
  assert.deepEqual(machine.writes, []);
  return stderr;
}

const urls = (...hosts: readonly number[]): readonly string[] => hosts.map((host) => `https://10.0.0.${host}:2380`);

describe("a restore", () => {
  test("binds all members to the snapshot: token, digest, number and the id that etcd will have", async () => {
    const machine = await begin();
    const before = machine.hosts();

    const { stdout } = await well(machine, "restore", "--snapshot", file);

    const sha256 = sha256Of(first);
    const token = `demo-r1-${sha256.slice(0, 12)}`;
    const clusterId = etcdClusterId(token, urls(1, 2, 3));
    for (const host of ["h1", "h2", "h3"]) {
      const config = machine.hosts()[host];
      assert.deepEqual(config?.etcd?.restore, { number: 1, sha256, clusterId, open: true, lost: [] });
      assert.equal(config?.etcd?.token, token);
      assert.equal(config?.etcd?.bootstrap, false);
      assert.equal(config?.generation, (before[host]?.generation ?? 0) + 1);
      assert.notEqual(config?.etcd?.rollout, before[host]?.etcd?.rollout);
    }
    assert.deepEqual(machine.hosts()["h4"], before["h4"]);
    assert.match(
      stdout,
      new RegExp(
        `^restore 1: etcd begins anew from ${file} \\(revision 48211, of .* by h2, SHA-256 ${sha256.slice(0, 12)}…\\), as the cluster ${clusterId}$`,
        "m",
      ),
    );
    assert.match(stdout, /^ {2}h1, h2, h3: each begins when .* in \/var\/lib\/flexkube\/restore$/m);
    assert.match(stdout, new RegExp(`^ {2}h2 made it: /var/lib/flexkube-backup/${file}, unless`, "m"));
    assert.match(stdout, /^when etcd is up on all its hosts, say so once: .*--bootstrapped$/m);
  });

  test("stands in every later split, and is over by the word that etcd is up", async () => {
    const machine = await begin();
    await well(machine, "restore", "--snapshot", file);
    const restored = machine.hosts();

    machine.writes.length = 0;
    const { stdout } = await well(machine, "split");
    assert.deepEqual(machine.writes, []);
    assert.match(stdout, /say so once/);

    const said = await well(machine, "split", "--bootstrapped");
    assert.deepEqual(machine.hosts()["h1"]?.etcd?.restore, { ...restored["h1"]?.etcd?.restore, open: false });
    assert.equal(machine.hosts()["h1"]?.etcd?.rollout, restored["h1"]?.etcd?.rollout);
    assert.doesNotMatch(said.stdout, /say so once/);
    assert.equal((await machine.run("diff")).code, 0);
  });

  test("typed once more is the same one; with --again, or of another snapshot, it is the next", async () => {
    const machine = await begin();
    await well(machine, "restore", "--snapshot", file);
    const tokens = [machine.hosts()["h1"]?.etcd?.token];
    machine.writes.length = 0;

    const again = await well(machine, "restore", "--snapshot", file);
    assert.deepEqual(machine.writes, []);
    assert.match(again.stdout, /^restore 1 of 2026-01-01T00:00:00Z is the one of .* add --again$/m);

    await well(machine, "restore", "--snapshot", file, "--again");
    tokens.push(machine.hosts()["h1"]?.etcd?.token);
    lay(machine, second);
    await well(machine, "restore", "--snapshot", file);
    tokens.push(machine.hosts()["h1"]?.etcd?.token);
    lay(machine, first);
    await well(machine, "restore", "--snapshot", file);
    tokens.push(machine.hosts()["h1"]?.etcd?.token);

    const [one, two] = [sha256Of(first).slice(0, 12), sha256Of(second).slice(0, 12)];
    assert.deepEqual(tokens, [`demo-r1-${one}`, `demo-r2-${one}`, `demo-r3-${two}`, `demo-r4-${one}`]);
    assert.equal(machine.hosts()["h1"]?.etcd?.restore?.number, 4);
  });

  test("of a cluster that was never said to be up founds nothing either", async () => {
    const machine = await machineAfter(three, ["split"]);
    lay(machine, first);

    await well(machine, "restore", "--snapshot", file);

    assert.equal(machine.hosts()["h1"]?.etcd?.bootstrap, false);
  });

  test("tells API servers of this etcd, and no other host", async () => {
    const machine = fakeMachine(kubernetesCluster);
    await well(machine, "split");
    lay(machine, first, { record: recordOf(first, { etcdVersion: "3.6.16" }) });
    const before = machine.hosts();

    await well(machine, "restore", "--snapshot", file);

    for (const [host, config] of Object.entries(machine.hosts())) {
      const { number, sha256, clusterId } = machine.hosts()["h1"]?.etcd?.restore ?? {};
      const expected = config.kubeApiserver === undefined ? undefined : { number, sha256, clusterId };
      assert.deepEqual(config.kubeApiserver?.etcdRestore, expected, host);
      assert.equal(config.kubeApiserver?.rollout === before[host]?.kubeApiserver?.rollout, expected === undefined);
    }
  });

  test("gives an API server beside a member that one alone, until all are said to have worked; then all, as before", async () => {
    const machine = fakeMachine(
      kubernetesCluster
        .replace("  h3: {", "  h4: { address: 10.77.0.14 }\n  h3: {")
        .replace("controlPlane: { hosts: [h1, h2, h3]", "controlPlane: { hosts: [h1, h2, h4]"),
    );
    const servers = () =>
      Object.entries(machine.hosts()).flatMap(([host, { kubeApiserver }]) =>
        kubeApiserver === undefined ? [] : [[host, kubeApiserver.etcdServers] as const],
      );
    const all = ["https://10.77.0.11:2379", "https://10.77.0.12:2379", "https://10.77.0.13:2379"];
    await well(machine, "split");
    assert.deepEqual(servers(), [
      ["h1", all],
      ["h2", all],
      ["h4", all],
    ]);
    lay(machine, first, { record: recordOf(first, { etcdVersion: "3.6.16" }) });

    await well(machine, "restore", "--snapshot", file);
    assert.deepEqual(servers(), [
      ["h1", all.slice(0, 1)],
      ["h2", all.slice(1, 2)],
      ["h4", all],
    ]);
    const open = Object.values(machine.hosts()).map(({ kubeApiserver }) => kubeApiserver?.rollout);
    // one of all hosts, by which they see that it is the same change
    assert.equal(new Set(open.filter((rollout) => rollout !== undefined)).size, 1);

    await well(machine, "split", "--bootstrapped");
    assert.deepEqual(servers(), [
      ["h1", all],
      ["h2", all],
      ["h4", all],
    ]);
    assert.ok(!open.includes(machine.hosts()["h1"]?.kubeApiserver?.rollout));
  });

  test("is told host by host, once: afterwards hosts are taken for restored", async () => {
    const machine = fakeMachine(kubernetesCluster);
    await well(machine, "split");
    lay(machine, first, { record: recordOf(first, { etcdVersion: "3.6.16" }) });

    const { stdout } = await well(machine, "restore", "--snapshot", file, "-v");
    edit(machine, ["etcd: {", "etcd: { extraArgs: [--snapshot-count=5000],"]);
    const changed = await well(machine, "split", "-v");
    edit(machine, ["controlPlane: {", 'controlPlane: { apiserver: { args: { v: "3" } },']);
    const apiServers = await well(machine, "split", "-v");

    const id = `r1-${sha256Of(first).slice(0, 12)}`;
    assert.match(
      stdout,
      /^ {2}stop kube-apiserver within 90s .*\n {2}stop etcd-h1 within 30s .*\n {2}restore \/var\/lib\/flexkube\/restore\/… for etcd-h1/m,
    );
    assert.match(
      stdout,
      new RegExp(`^ {2}put the restored data of etcd-h1 in place, the former in /var/lib/etcd/before-${id} `, "m"),
    );
    for (const later of [changed.stdout, apiServers.stdout]) {
      assert.doesNotMatch(later, /restore|waiting/);
      assert.match(later, /, [1-9] changed$/m);
    }
    assert.match(changed.stdout, /^ {2}create etcd-h1 /m);
    assert.match(apiServers.stdout, /^ {2}create kube-apiserver /m);
  });

  test("as JSON names the restore, where the snapshot is looked for and who made it", async () => {
    const machine = await begin();
    const { stdout } = await well(machine, "restore", "--snapshot", file, "--json");

    const { restore } = JSON.parse(stdout) as { restore: Record<string, unknown> };
    assert.equal(restore["number"], 1);
    assert.equal(restore["repeated"], false);
    assert.deepEqual(restore["lost"], []);
    const directories = ["/var/lib/flexkube-backup", "/var/lib/flexkube/restore"];
    assert.deepEqual(restore["hosts"], [
      { host: "h1", directories },
      { host: "h2", directories, found: `/var/lib/flexkube-backup/${file}` },
      { host: "h3", directories },
    ]);
  });
});

describe("members", () => {
  test("that are fewer must be so in the cluster config, and each one that is missing is typed", async () => {
    const machine = await begin();
    assert.match(
      await refused(machine, "--hosts", "h1", "--lost", "h2,h3"),
      /cluster\.yaml:\d+:\d+: etcd\.hosts: --hosts says h1, and the members here are h1, h2, h3, .* \(write hosts: \[h1\] here, or leave --hosts out\)/,
    );
    edit(machine, ["[h1, h2, h3]", "[h1]"]);
    for (const lost of [[], ["--lost", "h2"]])
      assert.match(
        await refused(machine, "--hosts", "h1", ...lost),
        /etcd\.hosts: members have been on (h2 \(10\.0\.0\.2\), )?h3 \(10\.0\.0\.3\) and will not be; .*type flexkube-planner restore --snapshot \S+ --lost h2,h3;/,
      );
    assert.match(await refused(machine, "--lost", "h1,h2,h3"), /--lost says h1, which is a member here/);
    assert.match(await refused(machine, "--lost", "h2,h3,h4"), /--lost says h4, where no member has been/);

    const { stdout, stderr } = await well(
      machine,
      "restore",
      "--snapshot",
      file,
      "--hosts",
      "h1",
      "--lost",
      "h3",
      "--lost",
      "h2",
    );

    const lost = [2, 3].map((host) => ({
      name: `h${host}`,
      address: `10.0.0.${host}`,
      peerPort: 2380,
      clientPort: 2379,
    }));
    assert.deepEqual(machine.hosts()["h1"]?.etcd?.restore?.lost, lost);
    assert.equal(machine.hosts()["h2"]?.etcd, undefined);
    assert.match(stdout, /none begins while a lost one answers: h2 \(10\.0\.0\.2\), h3 \(10\.0\.0\.3\)/);
    assert.doesNotMatch(stderr, /etcd counts it as a member/);
    machine.writes.length = 0;
    await well(machine, "restore", "--snapshot", file, "--lost", "h2,h3");
    assert.deepEqual(machine.writes, []);
  });

  test("that left in a split before are asked for too", async () => {
    const machine = await begin();
    edit(machine, ["[h1, h2, h3]", "[h1]"]);
    await well(machine, "split");

    assert.match(await refused(machine), /members have been on h2 \(10\.0\.0\.2\), h3 \(10\.0\.0\.3\)/);
    machine.files.delete("pki/state.yaml");
    // host configs that are there say nothing of them any more
    const { stderr } = await well(machine, "restore", "--snapshot", file);
    assert.match(stderr, /warning: pki\/state\.yaml: it is lost, so members that left etcd before .* are not known/);
  });

  test("may all have new addresses, once their old places are typed", async () => {
    const machine = await begin();
    edit(machine, ...[1, 2, 3].map((host) => [`10.0.0.${host} }`, `10.0.1.${host} }`] as const));
    assert.match((await machine.run("split")).stderr, /hosts\.h1\.address: h1, h2, h3 move in one split/);
    assert.match(await refused(machine), /h1 \(10\.0\.0\.1\), h2 \(10\.0\.0\.2\), h3 \(10\.0\.0\.3\) and will not be/);

    await well(machine, "restore", "--snapshot", file, "--lost", "h1,h2,h3");

    const { etcd } = machine.hosts()["h2"] ?? {};
    assert.equal(etcd?.address, "10.0.1.2");
    assert.deepEqual(
      etcd?.restore?.lost.map(({ address }) => address),
      ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
    );
    assert.equal((await machine.run("diff")).code, 0);
  });

  test("may all be others, also a host of another name in a member's place", async () => {
    const machine = await begin();
    edit(
      machine,
      ["[h1, h2, h3]", "[h4, h5, x3]"],
      ["h3: { address", "x3: { address"],
      ["workers: [h2, h3]", "workers: [h2]"],
    );
    assert.match(await refused(machine), /members have been on h1 \(10\.0\.0\.1\), h2 \(10\.0\.0\.2\) and will not be/);

    await well(machine, "restore", "--snapshot", file, "--lost", "h1,h2");

    const { etcd } = machine.hosts()["x3"] ?? {};
    const token = etcd?.token ?? "";
    assert.equal(etcd?.restore?.clusterId, etcdClusterId(token, urls(3, 4, 5)));
  });

  test("that come later are no part of the restore's cluster, whose id stays", async () => {
    const machine = await begin();
    await well(machine, "restore", "--snapshot", file);
    const { clusterId } = machine.hosts()["h1"]?.etcd?.restore ?? {};
    edit(machine, ["[h1, h2, h3]", "[h1, h2, h3, h4, h5]"]);
    const early = await machine.run("split");
    assert.match(early.stderr, /etcd\.hosts: restore 1 is not over: .* \(h4, h5\) .*split --bootstrapped\)$/m);

    await well(machine, "split", "--bootstrapped");

    assert.equal(machine.hosts()["h4"]?.etcd?.restore?.clusterId, clusterId);
    assert.deepEqual(Object.keys(machine.hosts()["h4"]?.etcd?.members ?? {}), ["h1", "h2", "h3", "h4", "h5"]);
  });

  test("keep their data directory, since the old data is set aside in it", async () => {
    const machine = await begin();
    edit(machine, ["version: 3.5.35", "version: 3.5.35\n  dataDirectory: /data/etcd"]);

    assert.match(await refused(machine), /etcd\.dataDirectory: the member h1 has its data in \/var\/lib\/etcd/);
  });
});

describe("a snapshot", () => {
  test("that is damaged, cut or none is refused", async () => {
    const flipped = Buffer.from(first);
    flipped.writeUInt8(flipped.readUInt8(500) ^ 1, 500);
    for (const bytes of [flipped, first.subarray(0, 1024), Buffer.alloc(0), Buffer.from("hello")])
      assert.match(await refused(await begin(bytes)), /^demo-h2-\S+: it is damaged or no snapshot: its \d+ bytes/);
  });

  test("that is not there is told by name", async () => {
    const machine = await machineAfter(three, ...up);
    const { code, stderr } = await machine.run("restore", "--snapshot", "none.db");

    assert.equal(code, 73);
    assert.match(stderr, /none\.db: there is no such file/);
  });

  test("whose record is that of another file is refused", async () => {
    assert.match(
      await refused(await begin(first, { record: recordOf(second) })),
      /its record \S+\.json is that of another file/,
    );
  });

  test("of another cluster is refused unless that is named", async () => {
    const foreign = { record: recordOf(first, { cluster: "other" }) };
    const machine = await begin(first, foreign);
    assert.match(await refused(machine), /it is of the cluster other, not of demo \(.*--from-cluster other\)/);
    assert.match(await refused(machine, "--from-cluster", "third"), /it is of the cluster other, not of third/);
    await well(machine, "restore", "--snapshot", file, "--from-cluster", "other");
  });

  test("without a record is known by its name, and that is told", async () => {
    const without = { record: "" };
    const named = async (name: string, ...args: readonly string[]) => {
      const machine = await begin(first, { ...without, name });
      return machine.run("restore", "--snapshot", name, ...args);
    };
    const tail = "-cdf818194e3a8c32-48211-20260101T000000Z.db";

    const own = await named(`dir/demo-h4${tail}`);
    assert.equal(own.code, 0, own.stderr);
    assert.match(own.stderr, /warning: dir\/demo-h4\S+: no record .* so etcd's version is not known/);
    assert.match((await named(`prod-h1${tail}`)).stderr, /it is by its name of prod-h1, not of demo/);
    assert.match((await named(`demo-prod-h1${tail}`)).stderr, /of demo-prod-h1, and demo has had no member prod-h1 /);
    assert.equal((await named(`demo-prod-h1${tail}`, "--from-cluster", "demo-prod")).code, 0);
    const nameless = await named("etcd.db");
    assert.equal(nameless.code, 0, nameless.stderr);
    assert.match(nameless.stderr, /so its cluster and etcd's version are not known/);
  });

  test("of a newer minor version of etcd is refused; of an older one it is the way back", async () => {
    const newer = await begin(first, { record: recordOf(first, { etcdVersion: "3.6.16" }) });
    assert.match(
      await refused(newer),
      /etcd\.version: the snapshot is of etcd 3\.6\.16; 3\.5 is older and cannot read what that has written \(say a version of 3\.6/,
    );

    const machine = await begin();
    edit(machine, ["version: 3.5.35", "version: 3.6.16"]);
    await well(machine, "split");
    edit(machine, ["version: 3.6.16", "version: 3.5.35"]);
    assert.match((await machine.run("split")).stderr, /members do not go back/);
    await well(machine, "restore", "--snapshot", file);
    assert.match(machine.hosts()["h1"]?.etcd?.image ?? "", /3\.5\.35/);

    const far = await begin();
    edit(far, ["version: 3.5.35", "version: 3.7.1"]);
    assert.match((await well(far, "restore", "--snapshot", file)).stderr, /more than one minor version before 3\.7/);
  });

  test("with values of a key that pki/ does not have is told, with the key's name", async () => {
    const bytes = snapshotOf("k8s:enc:secretbox:v1:key9:cipher ");
    const { stderr } = await well(await begin(bytes), "restore", "--snapshot", file);

    assert.match(stderr, /encrypted with key9, and pki has no such key .* pki\/kubernetes\/encryption-keys/);
  });

  test("that is large is read with a word of how far it is", async () => {
    const machine = fakeMachine(three, { tickMs: 800 });
    await machine.run("split");
    lay(machine, first);

    assert.match((await machine.run("restore", "--snapshot", file)).stderr, /^read \d+\/\d+ MiB of demo-h2/m);
  });
});

describe("what is known", () => {
  test("a state that is lost, or put back from before, is told by host configs which restore was the last", async () => {
    const machine = await begin();
    const old = machine.text("pki/state.yaml") ?? "";
    edit(machine, ["[h1, h2, h3]", "[h1, h2]"]);
    await well(machine, "restore", "--snapshot", file, "--lost", "h3");
    await well(machine, "restore", "--snapshot", file, "--lost", "h3", "--again");
    const restored = machine.hosts();

    for (const state of [undefined, old]) {
      const other = machine.copy();
      if (state === undefined) other.files.delete("pki/state.yaml");
      else other.put("pki/state.yaml", state);
      await well(other, "split");
      assert.deepEqual(other.hosts()["h1"]?.etcd, restored["h1"]?.etcd, String(state?.length));
      lay(other, second);
      await well(other, "restore", "--snapshot", file, "--lost", "h3");
      assert.equal(other.hosts()["h1"]?.etcd?.restore?.number, 3);
    }
  });

  test("a cluster that was never split here has nothing to restore into", async () => {
    const machine = fakeMachine(three);
    lay(machine, first);

    assert.match(await refused(machine), /nothing is known of etcd's members: demo was never split here/);
  });

  test("a new cluster knows of no restore", async () => {
    const machine = await begin();
    await well(machine, "restore", "--snapshot", file);
    await well(machine, "split", "--new-cluster");

    assert.equal(machine.hosts()["h1"]?.etcd?.restore, undefined);
    assert.equal(machine.hosts()["h1"]?.etcd?.token, "demo");
  });
});

test("the command line says what is missing", async () => {
  const machine = await begin();
  const said = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await machine.run("restore", ...args);
    assert.equal(code, 64, stderr);
    return stderr.split("\n")[0] ?? "";
  };

  assert.match(await said(), /--snapshot: it is missing/);
  assert.match(await said("--snapshot", file, "--lost", "h1,"), /--lost: a name is missing/);
  assert.match(await said("--snapshot", file, "--hosts="), /--hosts: a value is missing/);
  assert.match(await said("--snapshot", file, "--bootstrapped"), /--bootstrapped: not an option of restore/);
  assert.match((await machine.run("restore", "--help")).stdout, /^usage: flexkube-planner restore/);
});
