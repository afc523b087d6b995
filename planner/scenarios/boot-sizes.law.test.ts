// What fits a provider's limit, of real clusters with real keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

for (const count of [1, 3, 50])
  test(`of a cluster of ${count} hosts a packed cloud-config fits where 16 KiB is all, and so does Ignition's pointer`, async () => {
    const names = Array.from({ length: count }, (_, index) => `h${index + 1}`);
    const hosts = names.map((name, index) => `  ${name}: { address: 10.77.1.${index + 1} }\n`).join("");
    const members = `{ hosts: [${names.slice(0, 3).join(", ")}] }`;
    const machine = fakeMachine(`apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
${hosts}kubernetes: { version: 1.37.2 }
etcd: ${members}
controlPlane: ${members}
kubelets:
  all: { hosts: all }
`);
    const split = await machine.run("split");
    assert.equal(split.code, 0, split.stderr);
    const boot = async (args: string) => machine.run("boot", "--max-bytes", "16384", ...args.split(" "));

    const packed = await boot("--format cloud-init --gzip --out boot");
    const pointer = await boot("--format ignition --url https://boot.example.org/c1 --out boot");
    const whole = await boot("h1 --format ignition");

    assert.deepEqual([packed.code, pointer.code, whole.code], [0, 0, 65], packed.stderr + pointer.stderr);
    assert.equal(packed.stdout.split("\n").length - 1, count);
  });
