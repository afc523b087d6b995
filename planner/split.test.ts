import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { starterConfig } from "./cli/starter-config.ts";
import { fakeMachine } from "./cli/testing/fake-machine.ts";
import { packedChart } from "./testing/packed-chart.ts";
import { smallCluster } from "./testing/small-cluster.ts";

function generations(machine: ReturnType<typeof fakeMachine>): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(Object.entries(machine.hosts()).map(([host, { generation }]) => [host, generation]));
}

test("split writes a valid host config for every host, for its owner only", async () => {
  const machine = fakeMachine(smallCluster);

  const { code } = await machine.run("split");

  assert.equal(code, 0);
  assert.deepEqual(generations(machine), { h1: 1, h2: 1, h3: 1 });
  for (const host of ["h1", "h2", "h3"]) assert.equal(machine.files.get(`hosts/${host}.yaml`)?.mode, 0o600);
  assert.equal(machine.files.get("pki/state.yaml")?.mode, 0o600);
});

test("a host config reads in order, secrets last, with host, cluster and generation in its first line", async () => {
  const machine = fakeMachine(smallCluster);

  await machine.run("split");

  const lines = machine.text("hosts/h1.yaml")?.split("\n") ?? [];
  assert.equal(
    lines[0],
    "# Host h1 of cluster demo, generation 1. Made by flexkube-planner split; changes here are lost.",
  );
  assert.deepEqual(
    lines.filter((line) => /^[a-zA-Z]/.test(line)).map((line) => line.split(":")[0]),
    [
      "apiVersion",
      "kind",
      "cluster",
      "host",
      "generation",
      "agent",
      "etcd",
      "apiLoadBalancers",
      "containers",
      "secrets",
    ],
  );
});

test("a second split writes nothing at all", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.writes.length = 0;

  const { code, stdout } = await machine.run("split");

  assert.equal(code, 0);
  assert.deepEqual(machine.writes, []);
  assert.match(stdout, /^cluster demo: 3 hosts, 0 changed\n/);
});

test("a change raises the generation of the hosts it concerns and leaves the other files alone", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.writes.length = 0;
  machine.put("cluster.yaml", smallCluster.replace("nginx:1.29", "nginx:1.30"));

  const { stdout } = await machine.run("split");

  assert.deepEqual(generations(machine), { h1: 1, h2: 2, h3: 2 });
  assert.deepEqual(
    machine.writes.filter((write) => write.startsWith("rename")),
    ["rename pki/state.yaml", "rename hosts/h2.yaml", "rename hosts/h3.yaml"],
  );
  assert.match(stdout, /h2: changed, generation 1 to 2\n {2}fetch image nginx:1.30/);
  assert.match(stdout, /create web from nginx:1.30 \(image changed from nginx:1.29 to nginx:1.30\)/);
});

test("split says what the agent of an empty host will do", async () => {
  const { stdout } = await fakeMachine(smallCluster).run("split");

  assert.match(stdout, /^h1: new, generation 1\n {2}fetch image haproxy:3.2-alpine/m);
  assert.match(stdout, /create etcd-h1 from quay.io\/coreos\/etcd:v3.6.16 start=new/);
  assert.match(stdout, /wait until etcd-h1 is healthy, at most 120s/);
});

test("only the first ten hosts are shown unless --all asks for every one", async () => {
  const hosts = Array.from({ length: 12 }, (_, index) => `  n${index}: { address: 10.1.0.${index} }\n`).join("");
  const config = `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${hosts}`;

  const some = await fakeMachine(config).run("split");
  const all = await fakeMachine(config).run("split", "--all");

  assert.match(some.stdout, /^and 2 more hosts, n10 to n11; --all shows them$/m);
  assert.match(all.stdout, /^n11: new/m);
});

test("only the first keys and certificates are named unless --all asks for every one", async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => `  n${index}: { address: 10.1.0.${index} }\n`).join("");
  const config = `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${hosts}etcd: { hosts: all }\n`;

  const some = await fakeMachine(config).run("split");
  const all = await fakeMachine(config).run("split", "--all");

  assert.equal(some.stdout.match(/^pki /gm)?.length, 60);
  assert.match(some.stdout, /^and 21 more keys and certificates; --all shows them$/m);
  assert.equal(all.stdout.match(/^pki /gm)?.length, 81);
});

test("--bootstrapped is remembered and takes the right to found the cluster from every member", async () => {
  const machine = fakeMachine(smallCluster);
  const first = await machine.run("split");
  const second = await machine.run("split", "--bootstrapped");
  const third = await machine.run("split");

  assert.match(first.stdout, /say so once: flexkube-planner split cluster.yaml --bootstrapped\n$/);
  assert.doesNotMatch(second.stdout + third.stdout, /--bootstrapped/);
  assert.equal(machine.hosts()["h1"]?.etcd?.bootstrap, false);
  assert.deepEqual(generations(machine), { h1: 2, h2: 1, h3: 1 });
});

test("diff writes nothing, exits 2 and shows secrets as digests only", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.writes.length = 0;
  machine.put(
    "cluster.yaml",
    smallCluster.replace("correct horse", "battery staple").replace("nginx:1.29", "nginx:1.30"),
  );

  const { code, stdout, stderr } = await machine.run("diff");

  assert.equal(code, 2);
  assert.deepEqual(machine.writes, []);
  assert.match(stdout, /^ {4}- {5}image: nginx:1.29\n {4}\+ {5}image: nginx:1.30$/m);
  assert.match(stdout, /^ {4}! secret web-token [0-9a-f]{12} to [0-9a-f]{12}$/m);
  assert.doesNotMatch(stdout + stderr, /battery|horse|PRIVATE/);
});

test("diff exits 0 when split would write nothing, and 2 before the first split", async () => {
  const machine = fakeMachine(smallCluster);

  assert.equal((await machine.run("diff")).code, 2);
  await machine.run("split");
  assert.deepEqual((await machine.run("diff")).code, 0);
});

test("no output of any command holds a key or another secret", async () => {
  const machine = fakeMachine(smallCluster);
  const runs = [
    await machine.run("validate", "--json"),
    await machine.run("diff", "--json"),
    await machine.run("split", "--json"),
    await machine.run("diff"),
  ];
  const secrets = Object.values(machine.hosts()).flatMap((config) => Object.values(config.secrets));

  assert.ok(secrets.length > 8);
  for (const { stdout, stderr } of runs)
    for (const secret of secrets) assert.ok(!(stdout + stderr).includes(JSON.stringify(secret).slice(1, -1)));
});

test("--json tells the same as data", async () => {
  const machine = fakeMachine(smallCluster);
  const { stdout } = await machine.run("split", "--json");

  const report: unknown = JSON.parse(stdout);

  assert.ok(typeof report === "object" && report !== null && "hosts" in report && Array.isArray(report.hosts));
  assert.partialDeepStrictEqual(report, {
    cluster: "demo",
    changes: true,
    hosts: [{ host: "h1", change: "new", generation: 1 }, { host: "h2" }, { host: "h3" }],
    gone: [],
    bootstrap: "flexkube-planner split cluster.yaml --bootstrapped",
  });
});

test("a host taken out keeps its file, is warned of, and goes on counting when it returns", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  const without = smallCluster.replace("  h3: { address: 10.0.0.3 }\n", "").replace("[h2, h3]", "[h2]");
  machine.put("cluster.yaml", without);
  const before = machine.text("hosts/h3.yaml");

  const { stderr } = await machine.run("split");

  assert.equal(machine.text("hosts/h3.yaml"), before);
  assert.equal(
    stderr,
    "warning: h3 is no longer in the cluster config; hosts/h3.yaml is kept. To clear the host, run on it: flexkube-agent reset\n",
  );
  machine.files.delete("hosts/h3.yaml");
  machine.put("cluster.yaml", smallCluster.replace("nginx:1.29", "nginx:1.30"));
  await machine.run("split");
  assert.deepEqual(generations(machine), { h1: 1, h2: 2, h3: 2 });
});

test("a host file that somebody edited is put right with a higher generation", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.put("hosts/h2.yaml", machine.text("hosts/h2.yaml")?.replace("nginx:1.29", "nginx:1.28") ?? "");

  await machine.run("split");

  assert.deepEqual(generations(machine), { h1: 1, h2: 2, h3: 1 });
  assert.equal(machine.hosts()["h2"]?.containers["web"]?.image, "nginx:1.29");
});

test("a host file that others may read is written anew with the same content", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  const file = machine.files.get("hosts/h2.yaml");
  assert.ok(file);
  machine.files.set("hosts/h2.yaml", { ...file, mode: 0o644 });

  const { stdout } = await machine.run("split");

  assert.match(stdout, /^h2: rewritten, generation 1\n {2}nothing to do$/m);
  assert.equal(machine.files.get("hosts/h2.yaml")?.mode, 0o600);
});

test("the loss of the state changes no host config", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  await machine.run("split", "--bootstrapped");
  machine.files.delete("pki/state.yaml");
  const before = machine.hosts();
  machine.writes.length = 0;

  const { stdout } = await machine.run("split");

  assert.deepEqual(machine.hosts(), before);
  assert.deepEqual(machine.writes, ["directory pki", "temporary pki/.state.yaml.tmp", "rename pki/state.yaml"]);
  assert.match(stdout, /0 changed/);
});

test("an older state from a backup never gives a generation twice", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  const backup = machine.text("pki/state.yaml") ?? "";
  machine.put("cluster.yaml", smallCluster.replace("nginx:1.29", "nginx:1.30"));
  await machine.run("split");
  machine.put("pki/state.yaml", backup);
  machine.put("cluster.yaml", smallCluster.replace("nginx:1.29", "nginx:1.31"));

  await machine.run("split");

  assert.deepEqual(generations(machine), { h1: 1, h2: 3, h3: 3 });
});

test("the PKI and the host configs of another cluster are refused", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.put("cluster.yaml", smallCluster.replace("name: demo", "name: other"));
  machine.writes.length = 0;

  const pki = await machine.run("split");
  const hosts = await machine.run("split", "--pki", "other-pki");

  assert.deepEqual([pki.code, hosts.code], [65, 65]);
  assert.match(pki.stderr, /pki\/state.yaml: it belongs to the cluster demo, not to other/);
  assert.match(hosts.stderr, /^hosts\/h1.yaml: cluster: this host config belongs to the cluster demo, not to other/);
  assert.deepEqual(machine.writes, []);
});

test("a broken state is refused and not replaced", async () => {
  const machine = fakeMachine(smallCluster);
  machine.put("pki/state.yaml", "hosts: {}\n");

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 65);
  assert.match(stderr, /the planner's state cannot be read: pki\/state.yaml/);
});

test("a temporary file that a killed run left is removed", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.put("hosts/.h2.yaml.tmp", "half");
  machine.put("hosts/.other.tmp", "not ours");

  await machine.run("split");

  assert.equal(machine.files.has("hosts/.h2.yaml.tmp"), false);
  assert.equal(machine.files.has("hosts/.other.tmp"), true);
});

test("etcd's certificates name the member and are good for both ends of a connection", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");

  const certificate = new X509Certificate(machine.hosts()["h1"]?.secrets["etcd/server.crt"] ?? "");

  assert.equal(
    certificate.subjectAltName,
    "DNS:h1, DNS:localhost, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1, IP Address:127.0.0.1",
  );
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

test("--out and --pki choose other directories", async () => {
  const machine = fakeMachine(smallCluster);

  await machine.run("split", "--out", "a/b", "--pki", "c");

  assert.ok(machine.files.has("a/b/h1.yaml"));
  assert.ok(machine.files.has("c/state.yaml"));
  assert.ok(machine.pki.has("c/etcd/ca.key"));
});

test("certificates of the user's own are used, checked and never made", async () => {
  const maker = fakeMachine(smallCluster);
  await maker.run("split");
  const own = `${smallCluster}pki:\n  etcd: { ca: my/ca.crt, serverCertificate: "my/{host}.crt", serverKey: "my/{host}.key", peerCertificate: "my/{host}.crt", peerKey: "my/{host}.key" }\n`;
  const machine = fakeMachine(own);
  const copy = (from: string, to: string) =>
    machine.put(to, Buffer.from(maker.pki.get(`pki/etcd/${from}`)?.bytes ?? "").toString());
  copy("ca.crt", "my/ca.crt");
  copy("h1-server.crt", "my/h1.crt");
  copy("h1-peer.key", "my/h1.key");

  const wrong = await machine.run("split");
  copy("h1-server.key", "my/h1.key");
  const right = await machine.run("split");

  assert.equal(wrong.code, 65);
  assert.deepEqual(wrong.stderr.trim().split("\n"), [
    "cluster.yaml:26:73: pki.etcd.serverKey: my/h1.key does not belong to the certificate",
    "cluster.yaml:26:133: pki.etcd.peerKey: my/h1.key does not belong to the certificate",
  ]);
  assert.equal(right.code, 0, right.stderr);
  assert.equal(machine.pki.size, 0);
  assert.equal(machine.hosts()["h1"]?.secrets["etcd/peer.key"], machine.text("my/h1.key"));
});

test("init writes a config that validates and splits as it is, and keeps one that is there", async () => {
  const machine = fakeMachine("");
  machine.files.delete("cluster.yaml");

  assert.equal((await machine.run("init")).code, 0);
  assert.equal(machine.text("cluster.yaml"), starterConfig);
  assert.equal((await machine.run("validate")).code, 0);
  assert.equal((await machine.run("split")).code, 0);
  const again = await machine.run("init");
  assert.equal(again.code, 64);
  assert.match(again.stderr, /cluster.yaml: the file exists; --force overwrites it/);
  assert.equal((await machine.run("init", "--force")).code, 0);
});

test("the comments of the starter are valid config too", async () => {
  const uncommented = starterConfig
    .replaceAll(/^# (?=[a-z]\w*:$|  )/gm, "")
    .replaceAll(/^( {2}| {4})# (?=[a-z]\w*: \S|[a-z]\w*:$|  )/gm, "$1");
  const machine = fakeMachine(uncommented);
  machine.put("web-token.txt", "token");
  machine.put("app.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app }\n");
  machine.files.set("web-1.0.0.tgz", { bytes: packedChart(), mode: 0o600 });

  const { code, stderr } = await machine.run("split");

  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(machine.hosts()["h2"]?.containers ?? {}), ["web"]);
  assert.deepEqual(Object.keys(machine.hosts()["h2"]?.apiLoadBalancers ?? {}), ["kubernetes", "main"]);
  assert.equal(machine.hosts()["h2"]?.kubelet?.config["maxPods"], 200);
  assert.deepEqual(Object.keys(machine.hosts()["h1"]?.clusterObjects?.releases ?? {}), ["web"]);
  assert.equal(machine.hosts()["h1"]?.etcd?.dataDirectory, "/mnt/fast/etcd");
  assert.equal(machine.hosts()["h1"]?.agent.imageDirectory, "/var/lib/images");
});

test("usage errors exit 64 and say what was wrong", async () => {
  const machine = fakeMachine(smallCluster);
  const said = async (...args: readonly string[]) => {
    const { code, stderr } = await machine.run(...args);
    return [code, stderr.split("\n")[0]];
  };

  assert.deepEqual(await said("splt"), [64, "flexkube-planner: splt: unknown command"]);
  assert.deepEqual(await said("split", "a", "b"), [64, "flexkube-planner: b: one argument too many"]);
  assert.deepEqual(await said("validate", "--pki", "x"), [64, "flexkube-planner: --pki: not an option of validate"]);
  assert.equal((await said("split", "--nope"))[0], 64);
});

test("every command has help", async () => {
  const machine = fakeMachine(smallCluster);

  for (const command of ["init", "validate", "split", "diff", "version"])
    assert.match((await machine.run(command, "--help")).stdout, new RegExp(`^usage: flexkube-planner ${command}`));
  assert.match((await machine.run("--help")).stdout, /^usage: flexkube-planner COMMAND/);
  assert.match((await machine.run("version")).stdout, /^flexkube-planner \d+\.\d+\.\d+\n$/);
});

test("long work tells how far it is, on standard error", async () => {
  const { stderr } = await fakeMachine(smallCluster, { tickMs: 1500 }).run("split");

  assert.match(stderr, /^checked 2\/3 hosts$/m);
  assert.match(stderr, /^split \d\/3 hosts$/m);
});

test("a host file that cannot be read any more is replaced with a higher generation", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  const text = machine.text("hosts/h2.yaml") ?? "";
  machine.put("hosts/h2.yaml", text.slice(0, 300));
  machine.put("hosts/h3.yaml", "");

  const { stdout } = await machine.run("split");

  assert.match(stdout, /^h2: changed, generation 2$/m);
  assert.deepEqual(generations(machine), { h1: 1, h2: 2, h3: 1 });
});

test("a missing cluster config is told with the file's name and exits 65", async () => {
  const machine = fakeMachine("");
  machine.files.clear();

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 65);
  assert.equal(stderr, "flexkube-planner: the cluster config cannot be read: cluster.yaml: does not exist\n");
});

const threeMembers = smallCluster.replace("etcd:\n  hosts: h1", "etcd:\n  hosts: [h1, h2, h3]");
const etcdctl =
  "docker exec etcd-h1 etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/flexkube/files/ca.crt --cert /etc/flexkube/live/server.crt --key /etc/flexkube/live/server.key";
const stillMember = `etcd.hosts: h3 is taken out here, but etcd counts it as a member until it is removed there (before its agent gets the new state, on h1: ${etcdctl} member list, and the same with member remove and the ID of h3; its data stays on the host until flexkube-agent reset --data)`;

test("a member taken out of etcd's hosts is warned of with what to type, by diff and by the split that does it", async () => {
  const machine = fakeMachine(threeMembers);
  await machine.run("split", "--bootstrapped");
  machine.put("cluster.yaml", smallCluster.replace("etcd:\n  hosts: h1", "etcd:\n  hosts: [h1, h2]"));

  const diff = await machine.run("diff");
  const split = await machine.run("split");
  const again = await machine.run("split");

  assert.ok(diff.stderr.includes(stillMember), diff.stderr);
  assert.ok(split.stderr.includes(stillMember), split.stderr);
  assert.equal(again.stderr.includes("h3 is taken out"), false);
});

test("a member whose host left the cluster is warned of as long as its host config is kept", async () => {
  const machine = fakeMachine(threeMembers);
  await machine.run("split", "--bootstrapped");
  const without = threeMembers.replace("  h3: { address: 10.0.0.3 }\n", "").replaceAll(/, h3\]/g, "]");
  machine.put("cluster.yaml", without);

  await machine.run("split");
  const again = await machine.run("split");
  machine.files.delete("hosts/h3.yaml");
  const cleared = await machine.run("split");

  assert.ok(again.stderr.includes(stillMember), again.stderr);
  assert.equal(cleared.stderr.includes("h3"), false);
});

test("before etcd is up its hosts may change without a warning", async () => {
  const machine = fakeMachine(threeMembers);
  await machine.run("split");
  machine.put("cluster.yaml", smallCluster);

  const { stderr } = await machine.run("split");

  assert.equal(stderr, "");
});

test("a split beside another one ends with 75 and writes nothing; validate and diff need no lock", async () => {
  const machine = fakeMachine(smallCluster);
  machine.locks.add("pki");

  const codes = [await machine.run("split"), await machine.run("validate"), await machine.run("diff")];

  assert.deepEqual(
    codes.map(({ code }) => code),
    [75, 0, 2],
  );
  assert.deepEqual(machine.writes, []);
});

test("a split gives its lock back, also when it fails", async () => {
  const machine = fakeMachine(smallCluster.replace("hosts: h1", "hosts: h9"));

  const { code } = await machine.run("split");

  assert.equal(code, 65);
  assert.equal(machine.locks.size, 0);
});
