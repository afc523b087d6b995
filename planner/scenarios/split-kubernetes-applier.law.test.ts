// flexkube-applier leaves system:masters, and never before what lets it in otherwise is applied.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { generations } from "#planner/testing/generations.ts";
import { kubernetesCluster, workersCluster } from "#planner/testing/kubernetes-cluster.ts";
import { certificateOf, host, split, type Machine } from "#planner/testing/kubernetes-split.ts";

const both = "O=system:masters\nO=flexkube:appliers\nCN=flexkube-applier";
const own = "O=flexkube:appliers\nCN=flexkube-applier";
const hint = /status --wait ends with 0 there, say so once: flexkube-planner split cluster.yaml --bootstrapped\n$/;

const subjects = (machine: Machine, ...hosts: readonly string[]): readonly string[] =>
  hosts.map((name) => certificateOf(host(machine, name), "applier").subject);
const rules = (machine: Machine): string => host(machine, "h1").clusterObjects?.manifests["00-rbac"]?.content ?? "";

async function say(machine: Machine): Promise<string> {
  const { code, stdout, stderr } = await machine.run("split", "--bootstrapped");
  assert.equal(code, 0, stderr);
  return stdout;
}

/** A cluster that is up, as a planner left it that knew no other group than system:masters. */
async function olderCluster(): Promise<Machine> {
  const machine = await split(kubernetesCluster);
  await say(machine);
  const state = machine.text("pki/state.yaml") ?? "";
  assert.match(state, /^ {2}applier: own\n/m);
  machine.put("pki/state.yaml", state.replace(/^ {2}applier: own\n/m, ""));
  return machine;
}

test("the applier is in both groups until the operator's word, and in its own alone from then on", async () => {
  const machine = fakeMachine(kubernetesCluster);

  const first = await machine.run("split");
  assert.match(first.stdout, hint);
  assert.deepEqual(subjects(machine, "h1", "h2", "h3"), [both, both, both]);
  assert.match(
    rules(machine),
    /name: flexkube:appliers\nroleRef:\n.*\n.*\n {2}name: cluster-admin\nsubjects:\n.*\n.*\n {4}name: flexkube:appliers\n/,
  );

  const objects = host(machine, "h1").clusterObjects?.generation;
  assert.match(
    await say(machine),
    /^pki kubernetes\/hosts\/h1\/applier, .*\/h2\/applier, .*\/h3\/applier: its subject differs$/m,
  );
  assert.deepEqual(subjects(machine, "h1", "h2", "h3"), [own, own, own]);
  // what is applied is the same, so a host that is late may go on applying it
  assert.equal(host(machine, "h1").clusterObjects?.generation, objects);
  assert.deepEqual(generations(machine), { h1: 2, h2: 2, h3: 2 });

  for (const args of [["split"], ["split", "--bootstrapped"]]) {
    machine.writes.length = 0;
    const again = await machine.run(...args);
    assert.doesNotMatch(again.stdout, /--bootstrapped/);
    assert.deepEqual(machine.writes, []);
  }
});

test("a cluster that is up gets the binding first, and its applier leaves at a word said after that", async () => {
  for (const first of [["split"], ["split", "--bootstrapped"]]) {
    const machine = await olderCluster();

    const { stdout } = await machine.run(...first);
    assert.match(stdout, /^when all of the control plane have this and flexkube-agent status/m);
    assert.match(stdout, hint);
    assert.deepEqual(subjects(machine, "h1", "h2", "h3"), [both, both, both]);

    machine.writes.length = 0;
    await machine.run("split");
    assert.deepEqual(machine.writes, [], "splits alone are no word");

    await say(machine);
    assert.deepEqual(subjects(machine, "h1", "h2", "h3"), [own, own, own]);
  }
});

test("the first split of all does not take the word for the binding that it adds", async () => {
  const machine = fakeMachine(kubernetesCluster);

  await say(machine);
  assert.deepEqual(subjects(machine, "h1"), [both]);
  await say(machine);

  assert.deepEqual(subjects(machine, "h1"), [own]);
});

test("a control plane that comes to an etcd that is up begins in both groups", async () => {
  const etcd = kubernetesCluster.replace(/^(kubernetes|controlPlane|kubelets).*\n( .*\n)*/gm, "");
  const machine = await split(etcd);
  await say(machine);

  await split(kubernetesCluster, machine);
  assert.deepEqual(subjects(machine, "h1"), [both]);
  await say(machine);

  assert.deepEqual(subjects(machine, "h1"), [own]);
});

test("the group is kept when the state is lost or older than the host configs, and when hosts come and go", async () => {
  const machine = await split(kubernetesCluster);
  const older = machine.text("pki/state.yaml") ?? "";
  await say(machine);
  const hosts = machine.hosts();

  machine.files.delete("pki/state.yaml");
  await split(kubernetesCluster, machine);
  assert.deepEqual(machine.hosts(), hosts);
  machine.put("pki/state.yaml", older);
  await split(kubernetesCluster, machine);
  assert.deepEqual(machine.hosts(), hosts);

  await split(
    kubernetesCluster.replace("controlPlane: { hosts: [h1, h2, h3] }", "controlPlane: { hosts: [h1, h2] }"),
    machine,
  );
  await split(kubernetesCluster, machine);
  assert.deepEqual(subjects(machine, "h1", "h2", "h3"), [own, own, own]);
});

test("host configs with the binding are as good as the state that remembers it", async () => {
  const machine = await split(kubernetesCluster);
  machine.files.delete("pki/state.yaml");

  await say(machine);

  assert.deepEqual(subjects(machine, "h1"), [own]);
});

test("a new cluster under the old name begins in both groups", async () => {
  const machine = await split(kubernetesCluster);
  await say(machine);

  const { code, stderr } = await machine.run("split", "--new-cluster");

  assert.equal(code, 0, stderr);
  assert.deepEqual(subjects(machine, "h1"), [both]);
});

test("beside somebody else's etcd the word is about the applier alone", async () => {
  const maker = await split(workersCluster);
  const config = workersCluster
    .replace("etcd: { hosts: c1 }\n", "pki: { etcdClient: { ca: ca.crt, certificate: c1.crt, key: c1.key } }\n")
    .replace("controlPlane: { hosts: c1 }", "controlPlane: { hosts: c1, etcdServers: ['https://10.0.0.1:2379'] }");
  const machine = fakeMachine(config);
  const copy = (to: string, from: string): void =>
    machine.put(to, Buffer.from(maker.pki.get(`pki/${from}`)?.bytes ?? []).toString());
  copy("ca.crt", "etcd/ca.crt");
  copy("c1.crt", "kubernetes/hosts/c1/apiserver-etcd-client.crt");
  copy("c1.key", "kubernetes/hosts/c1/apiserver-etcd-client.key");

  const { stdout } = await machine.run("split");
  assert.match(stdout, hint);
  await say(machine);

  assert.deepEqual(subjects(machine, "c1"), [own]);
  assert.match(machine.text("pki/state.yaml") ?? "", /^bootstrapped: false$/m);
});

test("a word that dies at any effect never takes the group before the next word, and leaves one group in the end", async () => {
  const one = kubernetesCluster.replaceAll("[h1, h2, h3]", "[h1]").replace(/ {2}h[23]: .*\n/g, "");
  const whole = await split(one);
  const before = whole.count();
  await say(whole);
  const effects = whole.count() - before;
  assert.ok(effects > 10);

  for (let effect = 0; effect < effects; effect += 7) {
    const machine = await split(one);
    machine.dieAt(machine.count() + effect);
    await assert.rejects(machine.run("split", "--bootstrapped"), /the machine is dead/);
    machine.dieAt(undefined);

    await split(one, machine);
    assert.ok([both, own].includes(subjects(machine, "h1")[0] ?? ""));
    await say(machine);
    assert.deepEqual(subjects(machine, "h1"), [own]);
    machine.writes.length = 0;
    await machine.run("split");
    assert.deepEqual(machine.writes, []);
  }
});
