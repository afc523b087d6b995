// A split that changes etcd's members and dies at any of its effects: the next one comes to the same, and no generation of the members
// stands for two lists.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { machineAfter } from "#planner/testing/machine-after.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const three = smallCluster.replace("  hosts: h1", "  hosts: [h1, h2, h3]");
const rows: Readonly<Record<string, readonly [from: string, to: string, ...args: string[]]>> = {
  "one becomes three": [smallCluster, three],
  "three become one": [three, smallCluster],
  "one moves": [three, three.replace("10.0.0.2 }", "10.0.0.9 }")],
  "one is replaced": [three, three, "--replace-member", "h3"],
};

function membersOf(machine: FakeMachine): readonly (readonly [number, string])[] {
  return Object.values(machine.hosts()).flatMap(({ etcd }) =>
    etcd?.membership === undefined ? [] : [[etcd.membership.generation, JSON.stringify(etcd.members)] as const],
  );
}

for (const [name, [from, to, ...args]] of Object.entries(rows))
  test(`${name}: it may die at any effect`, async () => {
    const begin = async (): Promise<FakeMachine> => {
      const machine = await machineAfter(from, ["split"], ["split", "--bootstrapped"]);
      machine.put("cluster.yaml", to);
      return machine;
    };
    const whole = await begin();
    const start = whole.count();
    assert.equal((await whole.run("split", ...args)).code, 0);
    const effects = whole.count() - start;
    const expected = membersOf(whole);
    assert.ok(effects > 10);

    for (let effect = 0; effect < effects; effect++) {
      const machine = await begin();
      const before = membersOf(machine);
      machine.dieAt(machine.count() + effect);
      await assert.rejects(machine.run("split", ...args), /the machine is dead/);
      machine.dieAt(undefined);
      const known = new Map([...before, ...expected]);
      for (const [generation, members] of membersOf(machine)) assert.equal(known.get(generation), members);
      // what was typed is remembered from the state on; before that nothing has been given out
      const isKnown = /incarnation: 2/.test(machine.text("pki/state.yaml") ?? "");
      const again = isKnown ? [] : args;

      const { code, stderr } = await machine.run("split", ...again);

      assert.equal(code, 0, stderr);
      assert.deepEqual(membersOf(machine), expected, String(effect));
      machine.writes.length = 0;
      await machine.run("split");
      assert.deepEqual(machine.writes, []);
    }
  });
