// A member that leaves etcd's hosts is warned of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "./cli/testing/fake-machine.ts";
import { smallCluster } from "./testing/small-cluster.ts";

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
