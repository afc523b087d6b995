// How backups are made, as a host config says it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiVersion, HostConfig } from "#shared/schema/host-config.ts";
import { expand } from "./expand.ts";

function ruleOf(member: string, fields: object) {
  const members = { h1: { address: "10.0.0.1" }, h2: { address: "10.0.0.2" }, h3: { address: "10.0.0.3" } };
  const secrets = Object.fromEntries(
    ["ca.crt", "server.crt", "server.key", "peer.crt", "peer.key"].map((name) => [`etcd/${name}`, `the ${name}`]),
  );
  const etcd = {
    name: member,
    image: "quay.io/coreos/etcd:v3.6.16",
    address: "10.0.0.2",
    dataDirectory: "/var/lib/etcd",
    token: "demo",
    members,
    ...fields,
  };
  const config = { apiVersion, kind: "Host", cluster: "demo", host: "h2", generation: 4, etcd, secrets };
  return expand(HostConfig.parse(config)).etcdBackup;
}

test("without the field there are no backups, as in every host config before there was one", () => {
  assert.equal(ruleOf("h2", {}), undefined);
});

test("a member that began anew goes on with the backups of the one before it, so the same number of them is kept", () => {
  const members = { h1: { address: "10.0.0.1" }, h2: { address: "10.0.0.2", incarnation: 2 } };
  const rule = ruleOf("h2", { backup: { every: "6h", keep: 3 }, members });
  assert.deepEqual([rule?.member, rule?.offsetMs], ["h2", 3 * 3_600_000]);
});

test("the member's turn, its image's programs, its address and its peer certificate", () => {
  assert.deepEqual(
    { ...ruleOf("h2", { backup: { every: "6h", keep: 3 } }), tls: undefined },
    {
      cluster: "demo",
      host: "h2",
      member: "h2",
      members: ["h1", "h2", "h3"],
      token: "demo",
      generation: 4,
      image: "quay.io/coreos/etcd:v3.6.16",
      etcdctl: "/usr/local/bin/etcdctl",
      etcdutl: "/usr/local/bin/etcdutl",
      clientUrl: "https://10.0.0.2:2379",
      tls: undefined,
      everyMs: 6 * 3_600_000,
      offsetMs: 2 * 3_600_000,
      keep: 3,
      directory: "/var/lib/flexkube-backup",
    },
  );
  const { tls } = ruleOf("h2", { backup: {} }) ?? {};
  assert.deepEqual([tls?.ca, tls?.certificate, tls?.key.reveal()], ["the ca.crt", "the peer.crt", "the peer.key"]);
});

test("programs beside another entrypoint, also one that is found by the search path", () => {
  assert.equal(ruleOf("h1", { backup: {}, entrypoint: ["/bin/etcd"] })?.etcdutl, "/bin/etcdutl");
  assert.equal(ruleOf("h3", { backup: {}, entrypoint: ["etcd"] })?.etcdctl, "etcdctl");
});
