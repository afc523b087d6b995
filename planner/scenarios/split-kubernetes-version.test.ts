// From one version of Kubernetes to another between two splits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { host, split, stateOf } from "#planner/testing/kubernetes-split.ts";

const at = (version: string): string =>
  kubernetesCluster.replace("{ version: 1.36.3 }", () => `{ version: ${version} }`);
/** With another image of one host's API server. */
const staged = (version: string, onOne: string): string =>
  at(version).replace("controlPlane: { hosts: [h1, h2, h3] }", () => {
    const image = `registry.k8s.io/kube-apiserver:v${onOne}`;
    return `controlPlane: { hosts: [h1, h2, h3], overrides: { h1: { apiserver: { image: "${image}" } } } }`;
  });

for (const [what, before, after] of [
  ["another patch release, newer or older", at("1.36.3"), at("1.36.1")],
  ["the next minor version", at("1.35.4"), at("1.36.3")],
  ["the next minor version on one host first", at("1.35.4"), staged("1.35.4", "1.36.3")],
  ["then on all", staged("1.35.4", "1.36.3"), at("1.36.3")],
] as const)
  test(`${what} is taken`, async () => {
    const machine = await split(before);

    await split(after, machine);
  });

for (const [what, before, after, expected] of [
  [
    "more than one minor version up",
    at("1.34.8"),
    at("1.36.3"),
    "the cluster was split with 1.34; API servers of it and of 1.36 would run side by side (split and deliver 1.35 first; for a cluster that is not up: split --force-version)",
  ],
  [
    "a minor version down",
    at("1.36.3"),
    at("1.35.4"),
    "the cluster was split with 1.36; API servers do not go back to 1.35 (when none has run 1.36 yet, or with etcd's data of before: split --force-version)",
  ],
  [
    "a minor version down on one host, after it was up there alone",
    staged("1.35.4", "1.36.3"),
    at("1.35.4"),
    "the cluster was split with 1.36; API servers do not go back to 1.35 (when none has run 1.36 yet, or with etcd's data of before: split --force-version)",
  ],
  [
    "two minor versions up from the oldest of several",
    staged("1.35.4", "1.36.3"),
    at("1.37.0"),
    "the cluster was split with 1.35; API servers of it and of 1.37 would run side by side (split and deliver 1.36 first; for a cluster that is not up: split --force-version)",
  ],
] as const)
  test(`${what} is refused and changes nothing, unless it is forced`, async () => {
    const machine = await split(before);
    machine.put("cluster.yaml", after);
    machine.writes.length = 0;

    const refused = await machine.run("split");
    const untouched = [...machine.writes];
    const forced = await machine.run("split", "--force-version");
    const again = await machine.run("split");

    assert.equal(refused.code, 65);
    assert.equal(refused.stderr, `cluster.yaml:8:24: kubernetes.version: ${expected}\n`);
    assert.deepEqual(untouched, []);
    assert.deepEqual([forced.code, again.code], [0, 0], forced.stderr);
  });

test("the version of the last split is known though the state is lost", async () => {
  const machine = await split(at("1.34.8"));
  const before = stateOf(machine);
  machine.files.delete("pki/state.yaml");
  machine.put("cluster.yaml", at("1.36.3"));

  const refused = await machine.run("split");
  await split(at("1.34.8"), machine);

  assert.match(refused.stderr, /the cluster was split with 1\.34/);
  assert.partialDeepStrictEqual(stateOf(machine), { kubernetes: (before as { kubernetes: unknown }).kubernetes });
});

test("an image whose tag tells no version is compared with nothing", async () => {
  const own = at("1.34.8").replace(
    "controlPlane: {",
    'controlPlane: { apiserver: { image: "registry.example/api:ours" },',
  );
  const machine = await split(own);

  await split(at("1.36.3"), machine);

  assert.equal(host(machine, "h1").kubeApiserver?.image, "registry.k8s.io/kube-apiserver:v1.36.3");
});

test("at each further minor version it names the hosts whose delivery is not proven", async () => {
  const machine = await split(at("1.34.8"));

  machine.put("cluster.yaml", at("1.35.4"));
  const told = [await machine.run("diff"), await machine.run("split")].map(({ stderr }) => stderr);
  const again = await machine.run("split");

  for (const stderr of told)
    assert.match(
      stderr,
      /^warning: .*the last split gave out 1\.34, and nothing proves that it was delivered to h1, h2, h3 \(deliver 1\.34/,
    );
  assert.doesNotMatch(again.stderr, /nothing proves/);
});
