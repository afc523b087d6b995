// What the planner says of certificates for etcd that the user brings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine, testNow } from "#planner/cli/testing/fake-machine.ts";
import { existing, leafRequest, textOf } from "#planner/pki/testing/pki-fixture.ts";

const cluster = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 } }
etcd: { hosts: h1 }
pki:
  etcd:
    ca: ca.crt
    serverCertificate: server.crt
    serverKey: server.key
    peerCertificate: peer.crt
    peerKey: peer.key
`;

test("a member's server certificate without client usage is refused, for etcd's own gateway shows it", async () => {
  const pki = await existing({
    now: testNow,
    certificates: [leafRequest("server", { usages: ["server"] }), leafRequest("peer")],
  });
  const machine = fakeMachine(cluster);
  for (const file of ["ca.crt", "server.crt", "server.key", "peer.crt", "peer.key"])
    machine.put(file, textOf(pki, file === "ca.crt" ? "pki/etcd/ca.crt" : `pki/etcd/${file}`));

  for (const command of ["validate", "split"]) {
    const { code, stderr } = await machine.run(command);

    assert.equal(code, 65);
    assert.equal(
      stderr,
      "cluster.yaml:9:24: pki.etcd.serverCertificate: server.crt must not be used as a client " +
        "(It needs the extended key usage clientAuth: etcd's JSON gateway, in which hosts lock each other out, " +
        "calls its own member with it.)\n",
    );
  }
  assert.deepEqual(machine.hosts(), {});
});

test("another CA of the user's own is refused once hosts trust one, and a rotation passes", async () => {
  const [first, second] = [await ownFiles(), await ownFiles()];
  const machine = fakeMachine(cluster);
  const bring = (ca: string, leaves: typeof first): void => {
    for (const [file, text] of Object.entries({ ...leaves, "ca.crt": ca })) machine.put(file, text);
  };
  bring(first["ca.crt"], first);
  assert.equal((await machine.run("split")).code, 0);
  const before = machine.text("hosts/h1.yaml");

  bring(second["ca.crt"], second);
  for (const command of [["split"], ["split", "--bootstrapped"], ["diff"]]) {
    const { code, stderr } = await machine.run(...command);

    assert.equal(code, 65);
    assert.match(
      stderr,
      /^cluster\.yaml:8:9: pki\.etcd\.ca: this CA \(SHA-256 \S+\) is not the one that hosts\/h1\.yaml/,
    );
    assert.match(stderr, /first put into the file besides the old one.*split --new-cluster\)\n$/);
  }
  assert.equal(machine.text("hosts/h1.yaml"), before);

  for (const [ca, leaves] of [
    [`${second["ca.crt"]}${first["ca.crt"]}`, first],
    [`${second["ca.crt"]}${first["ca.crt"]}`, second],
    [second["ca.crt"], second],
  ] as const) {
    bring(ca, leaves);
    assert.deepEqual(await machine.run("split").then(({ code, stderr }) => ({ code, stderr })), {
      code: 0,
      stderr: "",
    });
  }
  bring(first["ca.crt"], first);
  assert.equal((await machine.run("split")).code, 65);
  assert.equal((await machine.run("split", "--new-cluster")).code, 0);
});

async function ownFiles(): Promise<
  Readonly<Record<"ca.crt" | "server.crt" | "server.key" | "peer.crt" | "peer.key", string>>
> {
  const pki = await existing({ now: testNow, certificates: [leafRequest("server"), leafRequest("peer")] });
  const text = (file: string): string => textOf(pki, `pki/etcd/${file}`);
  return {
    "ca.crt": text("ca.crt"),
    "server.crt": text("server.crt"),
    "server.key": text("server.key"),
    "peer.crt": text("peer.crt"),
    "peer.key": text("peer.key"),
  };
}
