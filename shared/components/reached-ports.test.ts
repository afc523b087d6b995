// Which ports of a host the others of its cluster need.
import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdMember } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { HostConfigInput } from "#shared/expand/testing/host-config-builder.ts";
import { kubeApiserver, kubelet } from "#shared/expand/testing/kubernetes-builder.ts";
import { loadBalancer } from "#shared/expand/testing/load-balancer-builder.ts";
import { reachedPorts } from "./component-table.ts";

function reached(overrides: Partial<HostConfigInput>): readonly string[] {
  const config = hostConfig({ address: "10.77.0.11", ...overrides });
  return reachedPorts(config).map(({ of, protocol, address, port }) => `${of} ${protocol}/${address}:${port}`);
}

const alone = { h1: { address: "10.77.0.11" } };
const others = { ...alone, h2: { address: "10.77.0.12" } };

test("etcd's ports are for its other members, and its clients' for whoever has the API server", () => {
  const peers = ["etcd tcp/10.77.0.11:2379", "etcd tcp/10.77.0.11:2380"];

  assert.deepEqual(reached({ etcd: etcdMember({ members: others }) }), peers);
  assert.deepEqual(reached({ etcd: etcdMember({ members: alone }) }), peers.slice(0, 1));
  assert.deepEqual(reached({ etcd: etcdMember({ members: alone }), kubeApiserver: kubeApiserver() }), [
    "kube-apiserver tcp/10.77.0.11:6443",
  ]);
});

test("a kubelet is asked by API servers of other hosts", () => {
  const pool = (...hosts: readonly string[]): HostConfigInput["apiLoadBalancers"] => {
    const servers = Object.fromEntries(hosts.map((host) => [host, { address: "10.77.0.20", port: 6443 }]));
    return { api: loadBalancer({ servers }) };
  };
  const [server, asked] = ["kube-apiserver tcp/10.77.0.11:6443", "kubelet tcp/10.77.0.11:10250"];
  const all = { kubelet: kubelet(), kubeApiserver: kubeApiserver() };

  assert.deepEqual(reached({ kubelet: kubelet() }), [asked]);
  assert.deepEqual(reached({ ...all, apiLoadBalancers: pool("h1") }), [server]);
  assert.deepEqual(reached({ ...all, apiLoadBalancers: pool("h1", "h2") }), [server, asked]);
});

test("what listens on all addresses is reached at the host's own, and what is on the loopback by nobody", () => {
  const pool = (address: string): HostConfigInput["apiLoadBalancers"] => ({
    api: loadBalancer({ bind: { address, port: 7443 } }),
  });

  assert.deepEqual(reached({ apiLoadBalancers: pool("127.0.0.1") }), []);
  assert.deepEqual(reached({ apiLoadBalancers: pool("0.0.0.0") }), ["api-load-balancer tcp/10.77.0.11:7443"]);
  assert.deepEqual(reached({ apiLoadBalancers: pool("0.0.0.0"), address: undefined }), []);
});
