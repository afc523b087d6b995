// What keeps etcd's data small: care, a quota and compaction in so many words for clusters that are new, by a word for older ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { expand } from "#shared/expand/expand.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

function withEtcd(fields: string): string {
  return smallCluster.replace("  hosts: h1\n", `  hosts: h1\n${fields}`);
}

function fieldsOf(machine: Machine): unknown {
  const { care, quotaBackendBytes, compaction, defragmentAtStart } = machine.hosts()["h1"]?.etcd ?? {};
  return { care, quotaBackendBytes, compaction, defragmentAtStart };
}

const usual = {
  care: { every: "24h" },
  quotaBackendBytes: 2_147_483_648,
  compaction: { mode: "periodic", retention: "1h" },
  defragmentAtStart: { megabytes: 100, flag: "plain" },
};
const nothing = {
  care: undefined,
  quotaBackendBytes: undefined,
  compaction: undefined,
  defragmentAtStart: undefined,
};

async function afterSplit(fields: string): Promise<Machine> {
  const machine = fakeMachine(withEtcd(fields));
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  return machine;
}

test("a new cluster has all of it, and keeps it when the planner has lost its state", async () => {
  const machine = await afterSplit("");
  assert.deepEqual(fieldsOf(machine), usual);
  machine.pki.delete("pki/state.yaml");
  await machine.run("split");
  assert.deepEqual(fieldsOf(machine), usual);
  assert.match((await machine.run("diff")).stdout, /3 hosts, 0 changed/);
});

test("with Kubernetes, whose API servers compact by a write, hosts compact where etcd takes none; not where etcd itself does, or the config says no", async () => {
  const careWith = async (etcd: string): Promise<unknown> => {
    const machine = fakeMachine(
      kubernetesCluster.replace("etcd: { hosts: [h1, h2, h3]", `etcd: { hosts: [h1, h2, h3]${etcd}`),
    );
    const { code, stderr } = await machine.run("split");
    assert.equal(code, 0, stderr);
    const config = machine.hosts()["h1"] ?? assert.fail();
    assert.equal(expand(config).etcdCare?.compacts, config.etcd?.care?.compactWithoutSpace === true);
    return config.etcd?.care;
  };
  assert.deepEqual(await careWith(""), { every: "24h", compactWithoutSpace: true });
  assert.deepEqual(await careWith(", care: { compactWithoutSpace: false }"), {
    every: "24h",
    compactWithoutSpace: false,
  });
  assert.deepEqual(await careWith(", compaction: { mode: periodic, retention: 5m }"), { every: "24h" });
});

test("etcd 3.5 spells one flag otherwise; what extraArgs say already is not said twice", async () => {
  const old = await afterSplit("  version: 3.5.35\n  image: etcd:x\n");
  const config = old.hosts()["h1"] ?? assert.fail();
  const args = expand(config).containers.find(({ component }) => component === "etcd")?.spec.args ?? [];
  for (const wanted of [
    "--experimental-bootstrap-defrag-threshold-megabytes=100",
    "--quota-backend-bytes=2147483648",
    "--auto-compaction-mode=periodic",
    "--auto-compaction-retention=1h",
  ])
    assert.ok(args.includes(wanted), wanted);

  const own = await afterSplit('  extraArgs: ["--quota-backend-bytes=33554432", "--auto-compaction-retention=2h"]\n');
  assert.deepEqual(fieldsOf(own), { ...usual, quotaBackendBytes: undefined, compaction: undefined });
  assert.equal(expand(own.hosts()["h1"] ?? assert.fail()).etcdCare?.quotaBytes, 33_554_432);
});

test("an older cluster gets nothing by a newer planner, and care by a word; a new one none by a word", async () => {
  const machine = await afterSplit("  care: { enabled: false }\n");
  assert.deepEqual(fieldsOf(machine), { ...usual, care: undefined });
  machine.put("pki/state.yaml", (machine.text("pki/state.yaml") ?? "").replace(/^care: .*\n/m, ""));
  machine.put("cluster.yaml", smallCluster);
  await machine.run("split");
  assert.deepEqual(fieldsOf(machine), nothing);

  machine.put("cluster.yaml", withEtcd("  care: { every: 12h }\n  quotaBackendBytes: 4294967296\n"));
  await machine.run("split");
  assert.deepEqual(fieldsOf(machine), { ...nothing, care: { every: "12h" }, quotaBackendBytes: 4_294_967_296 });
});

test("a field and a flag for one thing, or what etcd could not take, is refused at its line", async () => {
  for (const [fields, told] of [
    [
      '  quotaBackendBytes: 33554432\n  extraArgs: ["--quota-backend-bytes=16777216"]\n',
      /said by quotaBackendBytes too/,
    ],
    [
      '  compaction: { mode: revision, retention: "1000" }\n  extraArgs: ["--auto-compaction-mode=periodic"]\n',
      /--auto-compaction-mode is said by compaction too/,
    ],
    ["  quotaBackendBytes: 1000\n", /etcd\.quotaBackendBytes/],
    ["  compaction: { mode: periodic, retention: soon }\n", /etcd\.compaction\.retention/],
    ["  compaction: { mode: revision, retention: 1h }\n", /with mode revision it is a count/],
    ["  care: { every: 1s }\n", /etcd\.care\.every/],
  ] as const) {
    const { code, stderr, stdout } = await fakeMachine(withEtcd(fields)).run("split");
    assert.equal(code, 65, fields);
    assert.match(`${stderr}${stdout}`, told);
  }
});
