// What of a host is bound to the disruption lock, and where the lock is asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredState } from "#shared/state/desired.ts";
import { expand } from "./expand.ts";
import { etcdMember, etcdSecrets } from "./testing/etcd-member-builder.ts";
import { hostConfig } from "./testing/host-config-builder.ts";
import type { HostConfigInput } from "./testing/host-config-builder.ts";

const endpoints = { h1: { address: "10.77.0.11" }, h2: { address: "10.77.0.12" }, h3: { address: "10.77.0.13" } };

function state(overrides: Partial<HostConfigInput> = {}): DesiredState {
  return expand(
    hostConfig({
      etcd: etcdMember({ rollout: "0123456789abcdef" }),
      disruption: { etcd: { endpoints } },
      containers: { web: { image: "web:1" } },
      secrets: etcdSecrets({ "kubernetes/ca.crt": "the CA" }),
      ...overrides,
    }),
  );
}

test("an etcd member with peers is bound, and its lock is kept by the other members", () => {
  const { containers, disruption } = state();

  assert.deepEqual(
    containers.map((container) => [container.name, container.disruption]),
    [
      ["etcd-h1", { rollout: "0123456789abcdef", peers: [] }],
      ["web", undefined],
    ],
  );
  assert.ok(disruption?.store.kind === "etcd");
  assert.equal(disruption.ttlMs, 30_000);
  assert.equal(disruption.store.prefix, "/flexkube/demo/disruption/");
  assert.deepEqual(disruption.store.endpoints, ["https://10.77.0.12:2379", "https://10.77.0.13:2379"]);
});

test("a member that is alone is not bound, and is the only one to keep a lock for others", () => {
  const { containers, disruption } = state({
    etcd: etcdMember({ members: { h1: { address: "10.77.0.11" } } }),
    disruption: { etcd: { endpoints: { h1: { address: "10.77.0.11" } } } },
  });

  assert.equal(containers[0]?.disruption, undefined);
  assert.ok(disruption?.store.kind === "etcd");
  assert.deepEqual(disruption.store.endpoints, ["https://10.77.0.11:2379"]);
});

test("the section changes no container: with it and without it the specifications are the same", () => {
  const specs = ({ containers }: DesiredState) => containers.map(({ specHash, digest }) => [specHash, digest]);

  assert.deepEqual(specs(state()), specs(state({ disruption: undefined, etcd: etcdMember() })));
  assert.equal(state({ disruption: undefined }).containers[0]?.disruption, undefined);
});

test("what came of the host config is said beside the lock, in etcd, where the section says so", () => {
  const { acknowledgements } = state({ disruption: { etcd: { endpoints, acknowledge: true } } });

  assert.equal(acknowledgements?.prefix, "/flexkube/demo/delivered/");
  assert.deepEqual(acknowledgements.endpoints, ["https://10.77.0.12:2379", "https://10.77.0.13:2379"]);
  assert.equal(state().acknowledgements, undefined);
});

test("a Lease is asked for at the API that the section names", () => {
  const api = { server: "https://127.0.0.1:7443", certificate: "etcd/peer.crt", key: "etcd/peer.key" };
  const { disruption } = state({ disruption: { lease: api } });

  assert.ok(disruption?.store.kind === "lease");
  assert.equal(disruption.store.api.server, "https://127.0.0.1:7443");
  assert.equal(disruption.store.api.ca, "the CA");
});
