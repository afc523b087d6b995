// What a further split makes of what is there: hosts that went, edited files, lost and old state.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { generations } from "#planner/testing/generations.ts";

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
    "warning: h3 is no longer in the cluster config; hosts/h3.yaml is kept. To clear the host, run on it: flexkube-agent reset\n" +
      '  h3 holds web-token. If it is not in your hands, replace that: "A host without etcd and Kubernetes was stolen" in examples/recovery/README.md\n',
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
