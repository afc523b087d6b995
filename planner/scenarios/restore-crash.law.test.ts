// A restore that dies at any of its effects: etcd's members are all of the old cluster or begin the one new one, and typed once more, or
// followed by a split, it comes to the same.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { machineAfter } from "#planner/testing/machine-after.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const three = smallCluster.replace("etcd:\n  hosts: h1", "etcd:\n  hosts: [h1, h2, h3]\n  version: 3.5.35");
const fewer = three.replace("hosts: [h1, h2, h3]\n  version", "hosts: [h1, h2]\n  version");

function snapshotOf(text: string): Buffer {
  const pages = Buffer.alloc(512, text);
  return Buffer.concat([pages, createHash("sha256").update(pages).digest()]);
}

type Row = {
  readonly config: string;
  readonly args: readonly string[];
  /** Restores before. */
  readonly before: number;
};

const rows: Readonly<Record<string, Row>> = {
  "to the same members": { config: three, args: [], before: 0 },
  "to fewer members": { config: fewer, args: ["--lost", "h3"], before: 0 },
  "to new addresses, after another restore": {
    config: three.replaceAll(/10\.0\.0\.(\d) \}/g, "10.0.1.$1 }"),
    args: ["--lost", "h1,h2,h3"],
    before: 1,
  },
};

async function begin({ config, before }: Row): Promise<FakeMachine> {
  const machine = await machineAfter(three, ["split"], ["split", "--bootstrapped"]);
  machine.files.set("old.db", { bytes: snapshotOf("old"), mode: 0o600 });
  machine.files.set("new.db", { bytes: snapshotOf("new"), mode: 0o600 });
  for (let n = 0; n < before; n++) assert.equal((await machine.run("restore", "--snapshot", "old.db")).code, 0);
  machine.put("cluster.yaml", config);
  return machine;
}

/** Per member's host config: the token, and how far it is decided. */
function tokensOf(machine: FakeMachine): ReadonlySet<string> {
  const members = Object.values(machine.hosts()).flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd]));
  for (const { token, restore } of members)
    assert.equal(/-r(\d+)-/.exec(token)?.[1], restore === undefined ? undefined : String(restore.number));
  return new Set(members.map(({ token }) => token));
}

function membersOf(machine: FakeMachine): readonly object[] {
  return Object.entries(machine.hosts()).map(([host, { etcd }]) => ({
    host,
    etcd: etcd && { ...etcd, membership: undefined },
  }));
}

/** That of etcd's members. */
function generationOf(machine: FakeMachine): number {
  return Math.max(...Object.values(machine.hosts()).map(({ etcd }) => etcd?.membership?.generation ?? 0));
}

for (const [name, row] of Object.entries(rows))
  test(`${name}: it may die at any effect`, async () => {
    const args = ["restore", "--snapshot", "new.db", ...row.args];
    const whole = await begin(row);
    const before = tokensOf(whole);
    const start = whole.count();
    assert.equal((await whole.run(...args)).code, 0);
    const effects = whole.count() - start;
    const expected = membersOf(whole);
    const generation = generationOf(whole);
    const after = tokensOf(whole);
    assert.equal(after.size, 1);
    assert.ok(effects > 20);

    // from the last effect back to the first that writes: before it nothing is begun
    for (let effect = effects - 1, writes = 1; writes > 0; effect--)
      for (const next of [args, ["split"]]) {
        const machine = await begin(row);
        machine.dieAt(machine.count() + effect);
        machine.writes.length = 0;
        await assert.rejects(machine.run(...args), /the machine is dead/);
        writes = machine.writes.length;
        machine.dieAt(undefined);
        for (const token of tokensOf(machine)) assert.ok(before.has(token) || after.has(token), token);
        const hasBegun = (machine.text("pki/state.yaml") ?? "").includes(`- number: ${row.before + 1}\n`);

        const { code, stderr } = await machine.run(...next);

        // a split alone goes on with what was begun, and else knows nothing of it; typed once more it is the same in any case
        assert.equal(tokensOf(machine).size, 1);
        if (next === args || hasBegun) assert.equal(code, 0, stderr);
        assert.equal(tokensOf(machine).has([...after][0] ?? ""), next === args || hasBegun);
        assert.equal((await machine.run(...args)).code, 0);
        assert.deepEqual(membersOf(machine), expected, `${effect}`);
        // a split that knew of no restore has taken members out, which counts
        if (next === args || hasBegun) assert.equal(generationOf(machine), generation);
        else assert.ok(generationOf(machine) >= generation);
        machine.writes.length = 0;
        await machine.run("split");
        assert.deepEqual(machine.writes, []);
      }
  });
