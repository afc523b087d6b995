// What is lost, foreign or old of a cluster's keys, state and host configs: never a second CA unasked.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { RunResult } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

/** Fingerprints of all CAs that the hosts trust, by the secret's name. */
function trusted(machine: Machine): Readonly<Record<string, readonly string[]>> {
  const found = new Map<string, Set<string>>();
  for (const { secrets } of Object.values(machine.hosts()))
    for (const [name, value] of Object.entries(secrets))
      if (name.endsWith("ca.crt"))
        found.set(name, (found.get(name) ?? new Set()).add(new X509Certificate(value).fingerprint256));
  return Object.fromEntries([...found].map(([name, all]) => [name, [...all]]));
}

const made = new Map<string, Machine>();

/** A cluster after two splits, on a machine of its own. */
async function cluster(config = kubernetesCluster): Promise<Machine> {
  const first = made.get(config) ?? fakeMachine(config);
  if (!made.has(config))
    for (const args of [["split"], ["split", "--bootstrapped"]])
      assert.equal((await first.run(...args)).code, 0, "the cluster is made");
  made.set(config, first);
  const machine = fakeMachine(config);
  take(machine, first, /./);
  return machine;
}

function forget(machine: Machine, pattern: RegExp): void {
  for (const files of [machine.pki, machine.files])
    for (const path of [...files.keys()].filter((each) => pattern.test(each))) files.delete(path);
}

/** Takes the files that match from another machine. */
function take(machine: Machine, from: Machine, pattern: RegExp): void {
  for (const [path, file] of from.pki) if (pattern.test(path)) machine.pki.set(path, file);
  for (const [path, file] of from.files) if (pattern.test(path)) machine.files.set(path, file);
}

const bootstraps = (machine: Machine): readonly unknown[] =>
  Object.values(machine.hosts()).map(({ etcd }) => etcd?.bootstrap);
const generations = (machine: Machine): readonly (number | undefined)[] =>
  Object.values(machine.hosts()).map(({ generation }) => generation);

/** What happened, the files that are gone by then, and what a split says; "" is content and repairs it. */
const lossesOfOne: readonly (readonly [what: string, gone: RegExp, told: RegExp | "", silentlyGone?: RegExp])[] = [
  ["pki/ wholly", /^pki\//, /pki\/etcd\/ca\.key: .* is missing, certificate and key .*restore both from a backup/],
  ["state.yaml", /^pki\/state\.yaml$/, ""],
  ["hosts/", /^hosts\//, ""],
  ["state.yaml and hosts/", /^(pki\/state\.yaml|hosts\/)/, /^pki: .*generation 1 again and found etcd anew/m],
  ["all but the keys of Kubernetes", /^pki\/(?!kubernetes\/(service-account|encryption))/, /pki\/etcd\/ca\.key/],
  ["all but CAs", /^(pki\/(?!.*ca\.(crt|key)$)|hosts\/)/, /were made for this cluster before/],
  ["etcd's ca.crt", /^pki\/etcd\/ca\.crt$/, ""],
  ["etcd's ca.crt and ca.key", /^pki\/etcd\/ca\./, /pki\/etcd\/ca\.key/],
  ["etcd's ca.crt, ca.key and hosts/", /^(pki\/etcd\/ca\.|hosts\/)/, /pki\/etcd\/ca\.crt: the CA is missing/],
  ["the directory of etcd and hosts/", /^(pki\/etcd\/|hosts\/)/, /pki\/etcd\/ca\.crt: the CA is missing/],
  ["Kubernetes' ca.crt", /^pki\/kubernetes\/ca\.crt$/, ""],
  ["Kubernetes' ca.key", /^pki\/kubernetes\/ca\.key$/, ""],
  ["Kubernetes' ca.crt and ca.key", /^pki\/kubernetes\/ca\./, ""],
  ["the front proxy's CA", /^pki\/front-proxy\/ca\./, /pki\/front-proxy\/ca\.key/],
  ["the service accounts' key", /^pki\/kubernetes\/service-account\.key$/, ""],
  ["both service account keys", /^pki\/kubernetes\/service-account\./, ""],
  ["the encryption keys", /^pki\/kubernetes\/encryption-keys$/, ""],
  ["pki/ but etcd's and the front proxy's CA", /^pki\/(?!(etcd|front-proxy)\/ca)/, ""],
  ["state.yaml and the members' host configs", /^(pki\/state\.yaml|hosts\/h[12])/, ""],
];

for (const [what, gone, told] of lossesOfOne)
  test(`without ${what} a split ${told === "" ? "repairs it" : "is refused"}`, async () => {
    const machine = await cluster();
    const before = { cas: trusted(machine), files: new Map(machine.files), pki: new Map(machine.pki) };
    forget(machine, gone);
    const [files, pki] = [new Map(machine.files), new Map(machine.pki)];

    const { code, stderr } = await machine.run("split");

    if (told !== "") {
      assert.equal(code, 65, stderr);
      assert.match(stderr, told);
      assert.match(stderr, /--new-cluster/);
      assert.deepEqual([machine.files, machine.pki], [files, pki]);
      return;
    }
    assert.equal(code, 0, stderr);
    assert.deepEqual(trusted(machine), before.cas);
    for (const [path, { bytes }] of before.pki)
      if (/(ca|service-account)\.(crt|key|pub)$|encryption-keys$/.test(path))
        assert.deepEqual(Buffer.from(machine.pki.get(path)?.bytes ?? []), Buffer.from(bytes), path);
    assert.deepEqual(bootstraps(machine), [false, false, false]);
    assert.ok(generations(machine).every((generation) => (generation ?? 0) >= 2 || /hosts/.test(gone.source)));
    assert.equal((await machine.run("diff")).code, 0, "the second split has nothing to do");
  });

/** What is taken from another cluster of the same name. */
const foreign: readonly (readonly [what: string, taken: RegExp, told: RegExp])[] = [
  ["etcd's CA", /^pki\/etcd\/ca\./, /pki\/etcd\/ca\.crt: this CA .* is not the one that hosts\/h1\.yaml/],
  ["Kubernetes' CA", /^pki\/kubernetes\/ca\./, /pki\/kubernetes\/ca\.crt: this CA/],
  ["etcd's ca.crt", /^pki\/etcd\/ca\.crt$/, /pki\/etcd\/ca\.crt/],
  ["etcd's ca.key", /^pki\/etcd\/ca\.key$/, /pki\/etcd\/ca\.crt/],
  ["pki/", /^pki\//, /pki\/etcd\/ca\.crt: this CA/],
  ["pki/ but the state", /^pki\/(?!state)/, /pki\/etcd\/ca\.crt: this CA/],
  ["state.yaml", /^pki\/state\.yaml/, /pki\/state\.yaml: it is not of the same cluster as hosts\/h1\.yaml/],
  ["hosts/", /^hosts\//, /is not the one that hosts\/h1\.yaml/],
  ["one host config", /^hosts\/h2/, /is not the one that hosts\/h2\.yaml/],
  ["the service accounts' keys", /service-account/, /service-account\.key: this key is not one that hosts\/h1\.yaml/],
  ["the encryption keys", /encryption-keys/, /encryption-keys: this key is not one that hosts\/h1\.yaml/],
];

for (const [what, taken, told] of foreign)
  test(`with ${what} of another cluster a split is refused`, async () => {
    const machine = await cluster();
    take(machine, await other(), taken);

    const { code, stderr } = await machine.run("split");

    assert.equal(code, 65, stderr);
    assert.match(stderr, told);
  });

let another: Machine | undefined;
/** The same config, other keys: the fake's random bytes go on. */
async function other(): Promise<Machine> {
  if (another === undefined) {
    another = fakeMachine(kubernetesCluster);
    for (let count = 0; count < 3; count++) {
      await another.run("split", "--new-cluster");
      await another.run("split", "--bootstrapped");
    }
  }
  return another;
}

test("a host config that was cut proves nothing and is written anew", async () => {
  const machine = await cluster();
  const text = machine.text("hosts/h1.yaml") ?? "";
  machine.put("hosts/h1.yaml", text.slice(0, text.indexOf("etcd/ca.crt: |") + 300));

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 0, stderr);
  const body = (whole = ""): string => whole.slice(whole.indexOf("\n"));
  assert.ok(body(machine.text("hosts/h1.yaml")) === body(text.replace("generation: 2", "generation: 3")));
});

test("without host configs the state remembers the CAs and keys", async () => {
  for (const taken of [/^pki\/etcd\/ca\./, /^pki\/kubernetes\/service-account/, /encryption-keys/]) {
    const machine = await cluster();
    forget(machine, /^hosts\//);
    take(machine, await other(), taken);

    const { code, stderr } = await machine.run("split");

    assert.equal(code, 65, stderr);
    assert.match(stderr, /of the last split, by pki\/state\.yaml/);
  }
});

test("a CA's key that is gone is told at every split, since none but the user knows whether it was lost", async () => {
  const machine = await cluster();
  const cas = trusted(machine);
  forget(machine, /^pki\/etcd\/ca\.key$/);

  for (const command of ["split", "diff"]) {
    const { code, stderr } = await machine.run(command);

    assert.equal(code, 0, stderr);
    assert.match(stderr, /^warning: pki\/etcd\/ca\.key: The key of this CA is not here/);
  }
  assert.deepEqual(trusted(machine), cas);
});

test("a PKI that was made for a cluster of another name is refused at the first split", async () => {
  const machine = fakeMachine(kubernetesCluster.replace("name: demo", "name: other"));
  take(machine, await cluster(), /^pki\/etcd\/ca/);

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 65);
  assert.match(stderr, /pki\/etcd\/ca\.crt: this CA was made for the cluster demo, not for other/);
});

test("a state that is older than the host configs is completed from them", async () => {
  const machine = await cluster();
  const old = machine.text("pki/state.yaml") ?? "";
  machine.put("cluster.yaml", kubernetesCluster.replace("h3: {", "h4: { address: 10.77.0.14 }\n  h3: {"));
  await machine.run("split");
  const podCidr = machine.hosts()["h4"]?.podNetwork?.podCidr;
  machine.put("pki/state.yaml", old.replace("bootstrapped: true", "bootstrapped: false"));
  machine.put(
    "cluster.yaml",
    kubernetesCluster.replace("h3: {", "a5: { address: 10.77.0.15 }\n  h4: { address: 10.77.0.14 }\n  h3: {"),
  );

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 0, stderr);
  assert.match(stderr, /pki\/state\.yaml: it is older than hosts\/h1\.yaml \(generation 3\)/);
  assert.equal(machine.hosts()["h4"]?.podNetwork?.podCidr, podCidr);
  assert.deepEqual(
    Object.values(machine.hosts()).map(({ etcd }) => etcd?.bootstrap ?? false),
    [false, false, false, false, false],
  );
  assert.equal((await machine.run("split")).stderr, "");
});

test("without a state and without any member's host config nothing says whether etcd is up", async () => {
  const config = kubernetesCluster.replace("etcd: { hosts: [h1, h2, h3] }", "etcd: { hosts: [h1] }");
  const machine = await cluster(config);
  forget(machine, /^(pki\/state\.yaml|hosts\/h1)/);

  const refused = await machine.run("split");
  const said = await machine.run("split", "--bootstrapped");

  assert.equal(refused.code, 65);
  assert.match(refused.stderr, /nothing says whether etcd is up \(put back state\.yaml or the host config of h1/);
  assert.equal(said.code, 0, said.stderr);
});

test("what a cluster never had is made, also when the state is lost", async () => {
  const machine = await cluster(kubernetesCluster.replace(/kubernetes:.*\n|controlPlane:.*\n|kubelets:\n.*\n/g, ""));
  forget(machine, /^pki\/state\.yaml/);
  machine.put("cluster.yaml", kubernetesCluster);

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 0, stderr);
  assert.ok(machine.pki.has("pki/kubernetes/ca.key"));
});

function assertFounds({ code, stdout, stderr }: RunResult, expected: number): void {
  assert.equal(code, expected, stderr);
  assert.match(stdout, /^This founds the cluster demo: new keys in pki, and etcd begins empty\./);
}

test("the first split says that it founds a cluster, and no later one does", async () => {
  const machine = fakeMachine(kubernetesCluster);

  assertFounds(await machine.run("diff"), 2);
  assertFounds(await machine.run("split"), 0);
  for (const command of ["split", "diff"]) assert.doesNotMatch((await machine.run(command)).stdout, /founds/);
});

test("--new-cluster mixes nothing, loses nothing and goes on counting", async () => {
  const machine = await cluster();
  const before = { cas: trusted(machine), pki: new Map(machine.pki), h1: machine.text("hosts/h1.yaml") };

  assertFounds(await machine.run("diff", "--new-cluster"), 2);
  assert.deepEqual(machine.pki, before.pki);
  const result = await machine.run("split", "--new-cluster");

  assertFounds(result, 0);
  assert.match(result.stdout, /h1\.yaml, h2\.yaml, h3\.yaml of hosts go to hosts\/old-1\n.* of pki go to pki\/old-1/);
  assert.deepEqual(bootstraps(machine), [true, true, true]);
  assert.deepEqual(generations(machine), [3, 3, 3]);
  assert.equal(machine.text("hosts/old-1/h1.yaml"), before.h1);
  for (const [path, file] of before.pki) {
    assert.deepEqual(machine.pki.get(path.replace("pki/", "pki/old-1/")), file, path);
    assert.notDeepEqual(machine.pki.get(path)?.bytes, file.bytes, path);
  }
  for (const [name, [fingerprint]] of Object.entries(trusted(machine)))
    assert.ok(!before.cas[name]?.includes(fingerprint ?? ""), name);
  assert.equal((await machine.run("diff")).code, 0);
});

test("a split with --new-cluster that dies anywhere is refused or carried on, never mixed", async () => {
  const small = `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n  h1: { address: 10.0.0.1 }\netcd: { hosts: h1 }\n`;
  for (let kill = 1; ; kill++) {
    const machine = await cluster(small);
    const old = trusted(machine);
    const start = machine.count();
    machine.dieAt(start + kill);
    const died = await machine.run("split", "--new-cluster").then(
      () => false,
      () => true,
    );
    machine.dieAt(undefined);
    machine.locks.clear();
    if (!died) break;

    const { code } = await machine.run("split");
    const cas = trusted(machine)["etcd/ca.crt"] ?? [];

    assert.equal(cas.length, code === 0 ? 1 : cas.length);
    if (code !== 0) assert.equal((await machine.run("split", "--new-cluster")).code, 0);
    const generation = machine.hosts()["h1"]?.generation ?? 0;
    assert.ok(generation >= 2, `generation ${generation} after ${kill} effects`);
    const isOld = trusted(machine)["etcd/ca.crt"]?.[0] === old["etcd/ca.crt"]?.[0];
    assert.deepEqual(bootstraps(machine), [!isOld]);
  }
});

test("keys of the PKI that others may read are told by diff, and made private by split", async () => {
  const machine = await cluster();
  const open = ["pki/etcd/ca.key", "pki/etcd/h1-peer.key", "pki/kubernetes/encryption-keys"];
  for (const path of open)
    machine.pki.set(path, { bytes: machine.pki.get(path)?.bytes ?? new Uint8Array(), mode: 0o644 });
  machine.files.set("pki/state.yaml", { bytes: Buffer.from(machine.text("pki/state.yaml") ?? ""), mode: 0o640 });

  const results = [await machine.run("diff"), await machine.run("split"), await machine.run("diff")];

  const codes = results.map(({ code }) => code);
  assert.deepEqual(codes, [2, 0, 0]);
  for (const { stderr } of results.slice(0, 2))
    assert.match(stderr, /^warning: pki\/etcd\/ca\.key: it has mode 0644, and so or similar are 3 more of the PKI/);
  const modes = open.map((path) => machine.pki.get(path)?.mode);
  assert.deepEqual(modes, [0o600, 0o600, 0o600]);
  assert.equal(machine.files.get("pki/state.yaml")?.mode, 0o600);
});
