// A split with Kubernetes that dies at its effects: keys are never two, parts of the pods' network never move.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { split } from "#planner/testing/kubernetes-split.ts";

type Machine = ReturnType<typeof fakeMachine>;

const one = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 } }
kubernetes: { version: 1.36.3 }
etcd: { hosts: h1 }
controlPlane: { hosts: h1 }
kubelets: { all: { hosts: all } }
`;
const two = one.replace("hosts: { h1", "hosts: { a1: { address: 10.0.0.2 }, h1");
const plain = two.replace("controlPlane: { hosts: h1 }", "controlPlane: { hosts: h1, encryption: { enabled: false } }");

const keys = ["pki/kubernetes/ca.key", "pki/kubernetes/service-account.key", "pki/kubernetes/encryption-keys"];

/** Keys and parts as they were found; later ones must be equal. */
type Seen = Map<string, string>;

function remember(machine: Machine, seen: Seen): void {
  const found = keys.flatMap((path) => {
    const file = machine.pki.get(path);
    return file === undefined ? [] : [[path, Buffer.from(file.bytes).toString()] as const];
  });
  const parts = Object.entries(machine.hosts()).flatMap(([host, { podNetwork }]) =>
    podNetwork === undefined ? [] : [[`part of ${host}`, podNetwork.podCidr] as const],
  );
  for (const [what, value] of [...found, ...parts]) {
    assert.equal(seen.get(what) ?? value, value, what);
    seen.set(what, value);
  }
}

async function begin(first: string | undefined, killed: string, seen: Seen): Promise<Machine> {
  const machine = first === undefined ? fakeMachine(killed) : await split(first);
  remember(machine, seen);
  machine.put("cluster.yaml", killed);
  return machine;
}

async function effectsOf(first: string | undefined, killed: string): Promise<number> {
  const machine = await begin(first, killed, new Map());
  const before = machine.count();
  await machine.run("split");
  return machine.count() - before;
}

const scenarios = [
  ["the first split", undefined, one],
  ["a split with a new node", one, two],
  ["a split that no longer encrypts", two, plain],
] as const;

for (const [name, first, killed] of scenarios)
  test(`${name} may die at any effect that writes keys, state or host configs`, async () => {
    const effects = await effectsOf(first, killed);
    assert.ok(effects > 20);

    // a prime step reaches effects of every kind over the scenarios; certificates alone are killed in the PKI's tests
    for (let effect = 0; effect < effects; effect += 7) {
      const seen: Seen = new Map();
      const machine = await begin(first, killed, seen);
      machine.dieAt(machine.count() + effect);
      await assert.rejects(machine.run("split"), /the machine is dead/);
      machine.dieAt(undefined);
      remember(machine, seen);

      const { code, stderr } = await machine.run("split");

      assert.equal(code, 0, stderr);
      remember(machine, seen);
      const { kubernetes } = parse(machine.text("pki/state.yaml") ?? "") as { kubernetes: { keys: readonly string[] } };
      assert.deepEqual(kubernetes.keys, ["kubernetes/encryption-keys", "kubernetes/service-account"]);
      machine.writes.length = 0;
      await machine.run("split");
      assert.deepEqual(machine.writes, []);
    }
  });
