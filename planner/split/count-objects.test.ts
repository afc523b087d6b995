// When the number of the cluster's objects rises, in splits of whole clusters.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";

const app = (value: number): string =>
  `manifests: { app: { content: "{ apiVersion: v1, kind: ConfigMap, metadata: { name: app }, data: { n: '${value}' } }" } }\n`;

/** The objects' generation on each host, or what the split says is wrong. */
async function split(machine: FakeMachine, config?: string): Promise<readonly (number | undefined)[]> {
  if (config !== undefined) machine.put("cluster.yaml", config);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  return Object.values(machine.hosts()).map(({ clusterObjects }) => clusterObjects?.generation);
}

const all = (generation: number): readonly number[] => [generation, generation, generation];

test("it is the same on all hosts, rises with the objects alone, and going back is a rise too", async () => {
  const machine = fakeMachine(kubernetesCluster);

  assert.deepEqual(await split(machine), all(1));
  assert.deepEqual(await split(machine, `${kubernetesCluster}${app(1)}`), all(2));
  assert.deepEqual(await split(machine, `${kubernetesCluster}${app(1)}agent: { interval: 20s }\n`), all(2));
  assert.deepEqual(await split(machine, `${kubernetesCluster}${app(2)}`), all(3));
  assert.deepEqual(await split(machine, `${kubernetesCluster}${app(1)}`), all(4));
  machine.writes.length = 0;
  assert.deepEqual(await split(machine), all(4));
  assert.deepEqual(
    machine.writes.filter((write) => !write.includes("lock")),
    [],
  );
});

test("a manifest from a secret and a chart count by what is in them", async () => {
  const secret = `${kubernetesCluster}manifests: { app: { file: app.yaml, secret: true } }\n`;
  const machine = fakeMachine(secret);
  const put = (value: string): void =>
    machine.put("app.yaml", `apiVersion: v1\nkind: Secret\nmetadata: { name: app }\nstringData: { key: ${value} }\n`);
  put("one");
  const first = await split(machine);
  put("two");

  assert.deepEqual([first, await split(machine)], [all(1), all(2)]);
});

test("without the state it goes on from what the hosts were given, whatever they have now", async () => {
  const machine = fakeMachine(`${kubernetesCluster}${app(1)}`);
  await split(machine);
  await split(machine, `${kubernetesCluster}${app(2)}`);
  machine.files.delete("pki/state.yaml");

  const same = await split(machine);
  machine.files.delete("pki/state.yaml");
  const other = await split(machine, `${kubernetesCluster}${app(3)}`);

  assert.deepEqual([same, other], [all(2), all(3)]);
});

test("an older state that was restored gives no number a second time", async () => {
  const machine = fakeMachine(`${kubernetesCluster}${app(1)}`);
  await split(machine);
  const older = machine.text("pki/state.yaml") ?? "";
  await split(machine, `${kubernetesCluster}${app(2)}`);
  await split(machine, `${kubernetesCluster}${app(3)}`);
  machine.put("pki/state.yaml", older);

  const same = await split(machine);
  machine.put("pki/state.yaml", older);
  const back = await split(machine, `${kubernetesCluster}${app(1)}`);

  assert.deepEqual([same, back], [all(3), all(4)]);
});
