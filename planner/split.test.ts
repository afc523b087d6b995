// A cluster config becomes host configs and a PKI, and what is said of it.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { fakeMachine } from "./cli/testing/fake-machine.ts";
import { generations } from "./testing/generations.ts";
import { smallCluster } from "./testing/small-cluster.ts";

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

test("long work tells how far it is, on standard error", async () => {
  const { stderr } = await fakeMachine(smallCluster, { tickMs: 1500 }).run("split");

  assert.match(stderr, /^checked 2\/3 hosts$/m);
  assert.match(stderr, /^split \d\/3 hosts$/m);
});
