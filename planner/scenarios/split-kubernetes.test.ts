// What a cluster config with Kubernetes becomes: sections, load balancers, overrides, images.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kubernetesCluster, workersCluster } from "#planner/testing/kubernetes-cluster.ts";
import { type Machine, split, host } from "#planner/testing/kubernetes-split.ts";

test("the smallest config of a cluster becomes whole host configs", async () => {
  const machine = await split(kubernetesCluster);

  const sections = Object.keys(host(machine, "h2"));
  assert.deepEqual(sections, [
    "apiVersion",
    "kind",
    "cluster",
    "host",
    "generation",
    "address",
    "closedDirectories",
    "agent",
    "etcd",
    "apiLoadBalancers",
    "disruption",
    "apiServersFirst",
    "kubeApiserver",
    "kubeControllerManager",
    "kubeScheduler",
    "podNetwork",
    "kubelet",
    "kubeProxy",
    "node",
    "clusterObjects",
    "containers",
    "secrets",
  ]);
});

test("a second split of a cluster with Kubernetes writes nothing", async () => {
  const machine = await split(kubernetesCluster);
  machine.writes.length = 0;

  const { stdout } = await machine.run("split");

  assert.deepEqual(machine.writes, []);
  assert.match(stdout, /^cluster demo: 3 hosts, 0 changed/m);
});

test("a worker's config holds what a node needs and nothing of the control plane", async () => {
  const machine = await split(workersCluster);
  const worker = host(machine, "w1");

  assert.deepEqual(Object.keys(worker.secrets), [
    "hash-key",
    "kubernetes/agent.crt",
    "kubernetes/agent.key",
    "kubernetes/ca.crt",
    "kubernetes/kube-proxy.crt",
    "kubernetes/kube-proxy.key",
    "kubernetes/kubelet-client.crt",
    "kubernetes/kubelet-client.key",
    "kubernetes/kubelet-serving.crt",
    "kubernetes/kubelet-serving.key",
  ]);
  assert.deepEqual(
    [worker.kubeApiserver, worker.kubeControllerManager, worker.kubeScheduler, worker.clusterObjects, worker.etcd],
    [undefined, undefined, undefined, undefined, undefined],
  );
});

test("a host of the control plane without a kubelet has no node's parts, and reaches Services by their pods", async () => {
  const machine = await split(workersCluster);
  const plane = host(machine, "c1");

  assert.deepEqual([plane.kubelet, plane.kubeProxy, plane.podNetwork, plane.node], Array(4).fill(undefined));
  assert.equal(plane.kubeApiserver?.args["enable-aggregator-routing"], "true");
  assert.equal(host(await split(kubernetesCluster), "h1").kubeApiserver?.args["enable-aggregator-routing"], undefined);
});

test("every component reaches the API by the host's own load balancer, which knows all API servers", async () => {
  const { apiLoadBalancers, kubelet, kubeProxy, node } = host(await split(workersCluster), "w1");

  assert.partialDeepStrictEqual(apiLoadBalancers["kubernetes"], {
    bind: { address: "127.0.0.1", port: 7443 },
    ops: { address: "127.0.0.1", port: 7080 },
    servers: { c1: { address: "10.77.0.10", port: 6443 } },
    ca: "kubernetes/ca.crt",
  });
  for (const part of [kubelet, kubeProxy, node]) assert.equal(part?.api.server, "https://127.0.0.1:7443");
});

test("Kubernetes' load balancer pool takes what the config says of it, on its own hosts and on more", async () => {
  const pool =
    "apiLoadBalancers:\n  kubernetes:\n    hosts: w2\n    bind: { port: 8443 }\n    servers: { vip: { address: 10.77.0.99, port: 443 } }\n    overrides: { c1: { bind: { address: '0.0.0.0' } } }\n";
  const config = workersCluster.replace("hosts: [w1, w2]", "hosts: w1");

  const machine = await split(config + pool);

  assert.deepEqual(Object.keys(host(machine, "w2").apiLoadBalancers), ["kubernetes"]);
  assert.deepEqual(host(machine, "w1").apiLoadBalancers["kubernetes"]?.servers, {
    c1: { address: "10.77.0.10", port: 6443 },
    vip: { address: "10.77.0.99", port: 443 },
  });
  assert.equal(host(machine, "w1").kubelet?.api.server, "https://127.0.0.1:8443");
  assert.equal(host(machine, "c1").kubeScheduler?.api.server, "https://127.0.0.1:8443");
  assert.deepEqual(host(machine, "c1").apiLoadBalancers["kubernetes"]?.bind, { address: "0.0.0.0", port: 8443 });
});

test("a rollout's hash is the same on all hosts, and other when what they share changes", async () => {
  const rollouts = (machine: Machine) =>
    Object.values(machine.hosts()).map(({ kubeApiserver, kubeControllerManager, kubeScheduler }) =>
      [kubeApiserver, kubeControllerManager, kubeScheduler].map((component) => component?.rollout),
    );
  const section = (fields: string) =>
    kubernetesCluster.replace("hosts: [h1, h2, h3] }\nkubelets", `hosts: [h1, h2, h3], ${fields} }\nkubelets`);

  const [plain, ...others] = rollouts(await split(kubernetesCluster));
  const overridden = rollouts(await split(section("overrides: { h2: { apiserver: { args: { v: '4' } } } }")));
  const changed = rollouts(await split(section("apiserver: { args: { v: '4' } }")));

  assert.deepEqual(others, [plain, plain]);
  assert.deepEqual(overridden, [plain, plain, plain]);
  assert.equal(new Set(changed.map(String)).size, 1);
  assert.notEqual(changed[0]?.[0], plain?.[0]);
  assert.deepEqual(changed[0]?.slice(1), plain?.slice(1));
});

test("overrides of a component reach one host, and flags and documents merge", async () => {
  const section =
    "hosts: [h1, h2, h3], apiserver: { args: { event-ttl: 2h }, authentication: { jwt: [] } }, overrides: { h2: { apiserver: { args: { event-ttl: 3h } } } } }\nkubelets";

  const machine = await split(kubernetesCluster.replace("hosts: [h1, h2, h3] }\nkubelets", section));
  const [first, second] = [host(machine, "h1").kubeApiserver, host(machine, "h2").kubeApiserver];

  assert.deepEqual([first?.args["event-ttl"], second?.args["event-ttl"]], ["2h", "3h"]);
  assert.equal(first?.args["authorization-mode"], "Node,RBAC");
  assert.deepEqual(Object.keys(first?.authentication ?? {}), ["apiVersion", "kind", "anonymous", "jwt"]);
});

test("one API server alone sends nobody elsewhere", async () => {
  const only = host(await split(workersCluster), "c1").kubeApiserver;

  assert.equal(only?.args["goaway-chance"], undefined);
  assert.equal(host(await split(kubernetesCluster), "h1").kubeApiserver?.args["goaway-chance"], "0.001");
});

test("images follow the version, and CoreDNS what was released with it", async () => {
  const images = async (version: string) => {
    const { clusterObjects, kubeApiserver, kubelet } = host(
      await split(kubernetesCluster.replace("1.36.3", version)),
      "h1",
    );
    const coredns = /image: (registry.k8s.io\/coredns.*)/.exec(
      clusterObjects?.manifests["10-coredns"]?.content ?? "",
    )?.[1];
    return [kubeApiserver?.image, kubelet?.image, clusterObjects?.kubectlImage, coredns];
  };

  assert.deepEqual(await images("v1.34.2"), [
    "registry.k8s.io/kube-apiserver:v1.34.2",
    "quay.io/poseidon/kubelet:v1.34.2",
    "registry.k8s.io/kubectl:v1.34.2",
    "registry.k8s.io/coredns/coredns:v1.12.1",
  ]);
  assert.equal((await images("1.35.0"))[3], "registry.k8s.io/coredns/coredns:v1.13.1");
  assert.equal((await images("1.36.0"))[3], "registry.k8s.io/coredns/coredns:v1.14.2");
  assert.equal((await images("1.37.0-rc.1"))[3], "registry.k8s.io/coredns/coredns:v1.14.6");
});
