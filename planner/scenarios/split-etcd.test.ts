// etcd in a split: its certificates, the right to found a cluster, members that went.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { generations } from "#planner/testing/generations.ts";

const off = "\n  membership: { enabled: false }";
const threeMembers = smallCluster.replace("etcd:\n  hosts: h1", `etcd:\n  hosts: [h1, h2, h3]${off}`);
const etcdctl =
  "docker exec etcd-h1 etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/flexkube/files/ca.crt --cert /etc/flexkube/live/server.crt --key /etc/flexkube/live/server.key";
const stillMember = `etcd.hosts: h3 is taken out here, but etcd counts it as a member until it is removed there (before its agent gets the new state, on h1: ${etcdctl} member list, and the same with member remove and the ID of h3; its data stays on the host until flexkube-agent reset --data)`;

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

test("a member taken out of etcd's hosts is warned of with what to type, by diff and by the split that does it", async () => {
  const machine = fakeMachine(threeMembers);
  await machine.run("split", "--bootstrapped");
  machine.put("cluster.yaml", smallCluster.replace("etcd:\n  hosts: h1", `etcd:\n  hosts: [h1, h2]${off}`));

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

test("before etcd is up its hosts may change: only what they were given is told", async () => {
  const machine = fakeMachine(threeMembers);
  await machine.run("split");
  machine.put("cluster.yaml", smallCluster);

  const { stderr } = await machine.run("split");

  const warnings = stderr.split("\n").filter((line) => line.startsWith("warning: "));
  assert.deepEqual(
    warnings.map((line) => line.replace(/:[^:]*, certificates until .*/, "")),
    ["warning: h2 leaves etcd", "warning: h3 leaves etcd"],
  );
});
