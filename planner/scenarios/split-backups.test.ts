// Which members are backed up: all of clusters that are new, those of older ones where their config says so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

const usual = { every: "12h", keep: 6, directory: "/var/lib/flexkube-backup" };

function withEtcd(fields: string): string {
  return smallCluster.replace("  hosts: h1\n", `  hosts: h1\n${fields}`);
}

function backupOf(machine: Machine): unknown {
  return machine.hosts()["h1"]?.etcd?.backup;
}

/** A cluster as it was founded before there were backups. */
async function olderCluster(config: string): Promise<Machine> {
  const machine = fakeMachine(withEtcd("  backup: { enabled: false }\n"));
  await machine.run("split");
  machine.put("pki/state.yaml", (machine.text("pki/state.yaml") ?? "").replace(/^backups: .*\n/m, ""));
  machine.put("cluster.yaml", config);
  return machine;
}

test("a new cluster is backed up, and stays so; only hosts with a member are", async () => {
  const machine = fakeMachine(smallCluster);

  await machine.run("split");
  await machine.run("split");

  assert.deepEqual(backupOf(machine), usual);
  assert.equal(machine.hosts()["h2"]?.etcd, undefined);
  assert.match((await machine.run("diff")).stdout, /3 hosts, 0 changed/);
});

test("an older cluster gets no backups by a newer planner, and gets them by a word", async () => {
  const machine = await olderCluster(smallCluster);
  await machine.run("split");
  assert.equal(backupOf(machine), undefined);

  machine.put("cluster.yaml", withEtcd("  backup: { every: 6h }\n"));
  await machine.run("split");
  assert.deepEqual(backupOf(machine), { ...usual, every: "6h" });

  machine.put("cluster.yaml", withEtcd("  backup: { enabled: true }\n"));
  await machine.run("split");
  assert.deepEqual(backupOf(machine), usual);
});

test("a host's own word counts more", async () => {
  const machine = fakeMachine(withEtcd("  overrides: { h1: { backup: { enabled: false } } }\n"));

  await machine.run("split");

  assert.equal(backupOf(machine), undefined);
});

test("the planner that has lost its state knows from the host configs that members are backed up", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.pki.delete("pki/state.yaml");

  await machine.run("split");

  assert.deepEqual(backupOf(machine), usual);
  assert.match(machine.text("pki/state.yaml") ?? "", /^backups: "on"$/m);
});

test("what cannot be is told at its line", async () => {
  for (const [fields, told] of [
    ["  backup: { every: 5s }\n", /cluster\.yaml:12:\d+: etcd\.backup\.every/],
    ["  backup: { keep: 0 }\n", /cluster\.yaml:12:\d+: etcd\.backup\.keep/],
    ["  backup: { directory: /etc/backups }\n", /cluster\.yaml:12:\d+: etcd\.backup\.directory/],
    ["  backup: { directory: /var/lib/etcd/backups }\n", /etcd\.backup\.directory.*|holds etcd's data/],
  ] as const) {
    const { code, stderr, stdout } = await fakeMachine(withEtcd(fields)).run("split");
    assert.equal(code, 65, fields);
    assert.match(`${stderr}${stdout}`, told);
  }
});
