// What a host config's text proves, also when it was edited or cut.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { hostProof, provingSecrets, provingText } from "./host-proof.ts";

const head = { host: "h1", generation: 1, restore: undefined };
const names = { host: "h1", cluster: "demo" };
const machine = fakeMachine(kubernetesCluster);
const split = machine.run("split");
/** The host config that a split makes, and its secrets as a parser sees them. */
async function hostConfig() {
  await split;
  return { text: machine.text("hosts/h1.yaml") ?? "", secrets: machine.hosts()["h1"]?.secrets ?? {} };
}

test("the text of a host config proves what a parser reads in it", async () => {
  const { secrets, text } = await hostConfig();

  const proof = hostProof(text, names);

  const expected = Object.entries(secrets).filter(([name]) => provingSecrets.has(name));
  // this cluster's API servers have no CA of the user's own for etcd
  assert.deepEqual(
    [...provingSecrets].filter((name) => secrets[name] === undefined),
    ["kubernetes/etcd-ca.crt"],
  );
  assert.deepEqual(proof, {
    ...head,
    bootstrap: true,
    etcdGeneration: undefined,
    secrets: Object.fromEntries(expected),
  });
});

test("a file of another cluster, or of none, proves nothing", async () => {
  const { text } = await hostConfig();

  assert.equal(hostProof(text, { ...names, cluster: "other" }), undefined);
  for (const other of ["", "hello", "kind: Cluster\ncluster: demo\n"]) assert.equal(hostProof(other, names), undefined);
});

test("a file cut anywhere proves only what stands before the cut", async () => {
  const { secrets, text } = await hostConfig();

  for (let end = text.indexOf("\nsecrets:"); end < text.length; end += 97) {
    const cut = hostProof(text.slice(0, end), names)?.secrets ?? {};
    const wrong = Object.entries(cut).filter(([name, value]) => !(secrets[name] ?? "").startsWith(value.trimEnd()));
    assert.deepEqual(wrong, []);
  }
});

test("names and values in quotes are read as well, and what cannot be read is passed over", () => {
  const text = `kind: Host\ncluster: demo\ngeneration: 4\netcd:\n  bootstrap: false\n  membership:\n    generation: 7\nsecrets:\n  "hash-key": "a b"\n  kubernetes/ca.crt: [\n  etcd/ca.crt: |-\n    x\n\n    y\nzeta:\n  kubernetes/ca.key: z\n`;

  assert.deepEqual(hostProof(text, names), {
    host: "h1",
    generation: 4,
    bootstrap: false,
    etcdGeneration: 7,
    restore: undefined,
    secrets: { "hash-key": "a b", "etcd/ca.crt": "x\n\ny" },
  });
});

test("the network is passed over, and what stands behind it proves the same", () => {
  const before = "kind: Host\ncluster: demo\ngeneration: 4\netcd:\n  bootstrap: false\n";
  const network = `podNetwork:\n  nodes: |\n${"    h1 10.0.0.1 10.1.0.0/24\n".repeat(1000)}kubelet:\n  image: a\n`;
  const secrets = "secrets:\n  hash-key: ab\n  kubernetes/ca.crt: c\n";
  const moved = before.replace("etcd:\n  bootstrap: false\n", "");

  const text = provingText(Buffer.from(`${before}${network}${secrets}`));

  assert.equal(text, `${before}${secrets}`);
  assert.deepEqual(hostProof(text, names), hostProof(`${before}${network}${secrets}`, names));
  for (const other of [
    `${before}${network}`,
    `${before}${secrets}`,
    `${moved}${network}etcd:\n  bootstrap: false\n${secrets}`,
  ])
    assert.equal(provingText(Buffer.from(other)), other);
});

test("a restore is proved by a member's section, and by an API server's; one that was edited to nothing proves none", async () => {
  const { text } = await hostConfig();
  const identity = { number: 3, sha256: "0f3a".repeat(16), clusterId: "18631ba519f21374" };
  const lines = (indent: string) =>
    Object.entries(identity)
      .map(([name, value]) => `${indent}${name}: ${JSON.stringify(value)}\n`)
      .join("");
  const lost = `    lost:\n      - name: h9\n        address: 10.0.0.9\n`;
  const member = text.replace("\netcd:\n", `\netcd:\n  restore:\n${lines("    ")}${lost}`);
  const apiServer = text.replace("\nkubeApiserver:\n", `\nkubeApiserver:\n  etcdRestore:\n${lines("    ")}`);
  const found = (from: string) => hostProof(from, names)?.restore;

  assert.deepEqual(found(member), {
    ...identity,
    open: true,
    lost: [{ name: "h9", address: "10.0.0.9", peerPort: 2380, clientPort: 2379 }],
  });
  assert.deepEqual(found(apiServer), { ...identity, open: true, lost: [] });
  for (const edited of [member.replace("number: 3", "number: x"), member.replace("18631", "zzzzz")])
    assert.equal(found(edited), undefined);
});
