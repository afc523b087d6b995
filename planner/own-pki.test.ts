// What the planner says of certificates for etcd that the user brings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine, testNow } from "./cli/testing/fake-machine.ts";
import { existing, leafRequest, textOf } from "./pki/testing/pki-fixture.ts";

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
