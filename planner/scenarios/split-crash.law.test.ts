// A split that dies at any of its effects: the next one converges, and no host ever sees two contents of one generation.
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { split } from "#planner/testing/kubernetes-split.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

const changed = smallCluster.replace("nginx:1.29", "nginx:1.30").replace("hosts: h1", "hosts: [h1, h2, h3]");
const changedAgain = changed.replace("nginx:1.30", "nginx:1.31").replace("correct horse", "battery staple");

/** host and generation → the file's text, over all runs of one machine. */
type History = Map<string, string>;

function remember(machine: Machine, history: History): void {
  for (const [host, config] of Object.entries(machine.hosts())) {
    const key = `${host} ${config.generation ?? 0}`;
    const text = machine.text(`hosts/${host}.yaml`) ?? "";
    assert.equal(history.get(key) ?? text, text, `two contents of ${key}`);
    history.set(key, text);
  }
}

/** Every host config that is out trusts a CA whose key is still there. */
function assertCaIsKept(machine: Machine): void {
  for (const config of Object.values(machine.hosts())) {
    const ca = config.secrets["etcd/ca.crt"];
    if (ca === undefined) continue;
    const key = machine.pki.get("pki/etcd/ca.key");
    assert.ok(key, "the CA's key is lost");
    assert.ok(new X509Certificate(ca).checkPrivateKey(createPrivateKey(Buffer.from(key.bytes))));
  }
}

type Scenario = { readonly first?: string; readonly killed: string; readonly next: string };

async function begin({ first, killed }: Scenario, history: History): Promise<Machine> {
  const machine = first === undefined ? fakeMachine(killed) : await split(first);
  remember(machine, history);
  machine.put("cluster.yaml", killed);
  return machine;
}

/** Effects of the run that will be killed. */
async function effectsOf(scenario: Scenario): Promise<number> {
  const machine = await begin(scenario, new Map());
  const before = machine.count();
  await machine.run("split");
  return machine.count() - before;
}

async function dieAndGoOn(scenario: Scenario, effect: number): Promise<void> {
  const history: History = new Map();
  const machine = await begin(scenario, history);
  machine.dieAt(machine.count() + effect);
  await assert.rejects(machine.run("split"), /the machine is dead/);
  machine.dieAt(undefined);
  remember(machine, history);
  assertCaIsKept(machine);
  machine.put("cluster.yaml", scenario.next);

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 0, stderr);
  remember(machine, history);
  assertCaIsKept(machine);
  assert.deepEqual(Object.keys(machine.hosts()), ["h1", "h2", "h3"]);
  assert.deepEqual(
    [...machine.files.keys(), ...machine.pki.keys()].filter((path) => path.startsWith("hosts/.")),
    [],
  );
  machine.writes.length = 0;
  await machine.run("split");
  assert.deepEqual(machine.writes, []);
}

const scenarios: readonly (readonly [string, Scenario])[] = [
  ["the first split", { killed: smallCluster, next: smallCluster }],
  ["the first split, with another config afterwards", { killed: smallCluster, next: changed }],
  ["a later split", { first: smallCluster, killed: changed, next: changed }],
  ["a later split, with another config afterwards", { first: smallCluster, killed: changed, next: changedAgain }],
  ["a later split, taken back afterwards", { first: smallCluster, killed: changed, next: smallCluster }],
];

for (const [name, scenario] of scenarios)
  test(`${name} may die at any effect`, async () => {
    const effects = await effectsOf(scenario);

    assert.ok(effects > 20);
    for (let effect = 0; effect < effects; effect++) await dieAndGoOn(scenario, effect);
  });
