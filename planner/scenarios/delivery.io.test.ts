// What a split writes is whole or refused, wherever it was cut; and a newer planner's other first line is no other content.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { fakeMachine, testNow } from "#planner/cli/testing/fake-machine.ts";
import { existing, leafRequest, textOf } from "#planner/pki/testing/pki-fixture.ts";
import { generations } from "#planner/testing/generations.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const directory = new URL("../../examples/", import.meta.url);
const examples = globSync("*/cluster.yaml", { cwd: directory }).map((path) => dirname(path));

test("every example with a cluster config is among them", () => {
  assert.ok(examples.length >= 7, examples.join());
});

for (const example of examples)
  test(`a host config of ${example} that was cut at any byte is refused`, async () => {
    const machine = fakeMachine(await readFile(new URL(`${example}/cluster.yaml`, directory), "utf8"));
    await bringFiles(machine);
    const { code, stderr } = await machine.run("split");
    assert.equal(code, 0, stderr);

    for (const [path, { bytes }] of machine.files)
      if (path.startsWith("hosts/")) refusedAtEveryByte(path, Buffer.from(bytes));
  });

/** What examples have beside their config: a stand-in's certificates, and those of an etcd of somebody else. */
async function bringFiles(machine: ReturnType<typeof fakeMachine>): Promise<void> {
  const theirs = await existing({ now: testNow, certificates: [leafRequest("client", { usages: ["client"] })] });
  for (const file of ["ca.crt", "client.crt", "client.key"])
    machine.put(`etcd/${file}`, textOf(theirs, `pki/etcd/${file}`));
  for (const file of ["ca.crt", "server.pem"]) machine.put(`stand-in/${file}`, textOf(theirs, "pki/etcd/ca.crt"));
}

function refusedAtEveryByte(path: string, bytes: Buffer): void {
  assert.ok(parseHostConfig(bytes.toString(), path).ok, path);
  const taken = Array.from({ length: bytes.length }, (_, length) => length).filter(
    (length) => parseHostConfig(bytes.subarray(0, length).toString(), path).ok,
  );
  assert.deepEqual(taken, []);
}

/** As a planner without marks wrote it. */
function unmarked(text: string): string {
  return text
    .replace(/^(# Host .* flexkube-planner split); .*\n/, "$1; changes here are lost.\n")
    .replace(/^address: .*\n/m, "");
}

test("after an upgrade of the planner an unchanged cluster keeps its generations, also without the state", async () => {
  for (const isStateLost of [false, true]) {
    const machine = fakeMachine(smallCluster);
    await machine.run("split", "--bootstrapped");
    for (const name of ["h1", "h2", "h3"])
      machine.put(`hosts/${name}.yaml`, unmarked(machine.text(`hosts/${name}.yaml`) ?? ""));
    if (isStateLost) machine.files.delete("pki/state.yaml");

    const { stdout } = await machine.run("split");

    assert.match(stdout, /^h1, h2, h3: rewritten, generation 1\n {2}nothing to do$/m);
    assert.deepEqual(generations(machine), { h1: 1, h2: 1, h3: 1 });
  }
});

test("a host is told the address that its machine must have, unless the cluster config says another or none", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  const { h1 } = machine.hosts();
  const before = h1?.address ?? "";

  machine.put(
    "cluster.yaml",
    smallCluster.replace(`address: ${before}`, `address: ${before}, ownAddress: 192.168.7.1`),
  );
  await machine.run("split");
  const behindNat = machine.hosts()["h1"];
  machine.put("cluster.yaml", smallCluster.replace(`address: ${before}`, `address: ${before}, ownAddress: any`));
  await machine.run("split");
  const unchecked = machine.hosts()["h1"];

  assert.notEqual(before, "");
  assert.deepEqual([behindNat?.address, behindNat?.generation], ["192.168.7.1", 1]);
  assert.deepEqual([unchecked?.address, unchecked?.generation], [undefined, 1]);
});

test("a file that is no host config is not overwritten without a word; an empty or torn one of ours is", async () => {
  for (const text of ["my notes\n", "kind: Cluster\nname: demo\n", "# Hosts\n- h1\n"]) {
    const machine = fakeMachine(smallCluster);
    machine.put("hosts/h2.yaml", text);

    const { code, stderr } = await machine.run("split");

    assert.equal(code, 65);
    assert.match(stderr, /^hosts\/h2\.yaml: this file is no host config/m);
    assert.equal(machine.text("hosts/h2.yaml"), text);
  }
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  const whole = machine.text("hosts/h2.yaml") ?? "";
  for (const length of [0, 3, 40, 120, 300, 900]) {
    machine.put("hosts/h2.yaml", whole.slice(0, length));
    assert.equal((await machine.run("split")).code, 0, String(length));
  }
});
