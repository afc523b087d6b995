// Networks of pods in a split: parts of nodes that stay, routes, plug-ins, IPv6.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kubernetesCluster, workersCluster } from "#planner/testing/kubernetes-cluster.ts";
import { split, host, certificateOf, stateOf } from "#planner/testing/kubernetes-split.ts";

test("an address that a load balancer listens on is one of the API servers' names", async () => {
  const pool = "apiLoadBalancers: { kubernetes: { bind: { address: 10.77.0.99 } } }\n";
  const extra = workersCluster.replace(
    "controlPlane: { hosts: c1 }",
    "controlPlane: { hosts: c1, extraSans: [api.example.org, 192.0.2.1] }",
  );

  const names = certificateOf(host(await split(extra + pool), "c1"), "apiserver").subjectAltName;

  assert.equal(
    names,
    [
      "DNS:api.example.org",
      "DNS:c1",
      "DNS:kubernetes",
      "DNS:kubernetes.default",
      "DNS:kubernetes.default.svc",
      "DNS:kubernetes.default.svc.cluster.local",
      "DNS:localhost",
      "IP Address:0:0:0:0:0:0:0:1",
      "IP Address:10.77.0.10",
      "IP Address:10.77.0.99",
      "IP Address:10.96.0.1",
      "IP Address:127.0.0.1",
      "IP Address:192.0.2.1",
    ].join(", "),
  );
});

test("nodes keep their part of the pods' network when hosts come and go", async () => {
  const machine = await split(workersCluster);
  const cidrs = (): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(Object.entries(machine.hosts()).map(([name, { podNetwork }]) => [name, podNetwork?.podCidr]));

  assert.deepEqual(cidrs(), { c1: undefined, w1: "10.244.0.0/24", w2: "10.244.1.0/24" });
  const more = workersCluster
    .replace("  w1:", "  a1: { address: 10.77.0.9 }\n  w1:")
    .replace("hosts: [w1, w2]", "hosts: [a1, w1, w2]");
  await split(more, machine);
  assert.deepEqual(cidrs(), { a1: "10.244.2.0/24", c1: undefined, w1: "10.244.0.0/24", w2: "10.244.1.0/24" });
  await split(more.replace("  w1: { address: 10.77.0.21 }\n", "").replace("w1, ", ""), machine);
  await split(more, machine);
  assert.deepEqual(cidrs(), { a1: "10.244.2.0/24", c1: undefined, w1: "10.244.0.0/24", w2: "10.244.1.0/24" });
});

test("a new node changes routes on every node, and for the control plane only what its agent may keep", async () => {
  const machine = await split(workersCluster);
  const before = host(machine, "c1");
  const more = workersCluster
    .replace("hosts:\n", "hosts:\n  w3: { address: 10.77.0.23 }\n")
    .replace("hosts: [w1, w2]", "hosts: [w1, w2, w3]");

  await split(more, machine);

  const generations = Object.entries(machine.hosts()).map(([name, { generation }]) => [name, generation]);
  assert.deepEqual(generations, [
    ["c1", 2],
    ["w1", 2],
    ["w2", 2],
    ["w3", 1],
  ]);
  const withoutObjects = { ...host(machine, "c1"), generation: 1, clusterObjects: undefined };
  assert.deepEqual(withoutObjects, { ...before, clusterObjects: undefined });
  const nodes = ["w1 10.77.0.21 10.244.0.0/24", "w2 10.77.0.22 10.244.1.0/24", "w3 10.77.0.23 10.244.2.0/24"];
  assert.equal(host(machine, "w2").podNetwork?.nodes, nodes.map((node) => `${node}\n`).join(""));
});

test("the loss of the state changes no host config of Kubernetes, and the state comes back whole", async () => {
  const labelled = workersCluster.replace("hosts: [w1, w2]", "hosts: [w1, w2], labels: { rack: a }");
  const machine = await split(labelled);
  await split(labelled.replace("rack", "row"), machine);
  await split(labelled, machine);
  const before = stateOf(machine);
  const hosts = machine.hosts();
  machine.files.delete("pki/state.yaml");

  await split(labelled, machine);

  assert.partialDeepStrictEqual(stateOf(machine), { kubernetes: (before as { kubernetes: unknown }).kubernetes });
  assert.deepEqual(machine.hosts(), hosts);
});

test("a host that no other has heard of keeps its part when the state is lost", async () => {
  const names = ["w1", "w2", "w3", "w4", "w5", "w6"];
  const many = workersCluster
    .replace(
      / {2}w1:.*\n {2}w2:.*\n/,
      names.map((name, index) => `  ${name}: { address: 10.77.0.${30 + index} }\n`).join(""),
    )
    .replace("[w1, w2]", `[${names.join(", ")}]`);
  const machine = await split(many);
  const kept = machine.text("hosts/w6.yaml")?.replace("10.244.5.0/24", "10.244.9.0/24") ?? "";
  machine.files.delete("pki/state.yaml");
  for (const name of names.slice(0, 5))
    machine.put(`hosts/${name}.yaml`, machine.text(`hosts/${name}.yaml`)?.replace(/ {4}w6 .*\n/, "") ?? "");
  machine.put("hosts/w6.yaml", kept);

  await split(many, machine);

  assert.equal(host(machine, "w6").podNetwork?.podCidr, "10.244.9.0/24");
});

test("another network than that of the last split is refused unless it is forced", async () => {
  const machine = await split(kubernetesCluster);
  const other = `${kubernetesCluster}network: { podCidr: 10.128.0.0/16, serviceCidr: 10.97.0.0/16, plugin: none, dnsDomain: x.test }\n`;
  machine.put("cluster.yaml", other);
  machine.writes.length = 0;

  const refused = await machine.run("split");
  const untouched = [...machine.writes];
  const forced = await machine.run("split", "--force-network");
  const again = await machine.run("split");

  assert.equal(refused.code, 65);
  assert.deepEqual(untouched, []);
  assert.deepEqual(
    refused.stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/; .*/, "")),
    [
      "cluster.yaml:13:21: network.podCidr: the cluster was split with podCidr 10.244.0.0/16",
      "cluster.yaml:13:49: network.serviceCidr: the cluster was split with serviceCidr 10.96.0.0/16",
      "cluster.yaml:13:71: network.plugin: the cluster was split with plugin bridge",
      "cluster.yaml:13:88: network.dnsDomain: the cluster was split with dnsDomain cluster.local",
    ],
  );
  assert.match(refused.stderr, /for a cluster without pods: split --force-network/);
  assert.deepEqual([forced.code, again.code], [0, 0], forced.stderr);
  assert.equal(host(machine, "h1").kubeApiserver?.args["service-cluster-ip-range"], "10.97.0.0/16");
});

test("a network plug-in of one's own gets node networks from the controller manager", async () => {
  const { kubeControllerManager, podNetwork } = host(
    await split(`${kubernetesCluster}network: { plugin: none, podCidr: 10.128.0.0/14, nodeMask: 25 }\n`),
    "h1",
  );

  assert.equal(podNetwork, undefined);
  assert.partialDeepStrictEqual(kubeControllerManager?.args, {
    "allocate-node-cidrs": "true",
    "cluster-cidr": "10.128.0.0/14",
    "node-cidr-mask-size": "25",
  });
});

test("hosts with IPv6 addresses get a cluster of IPv6", async () => {
  const config = kubernetesCluster
    .replace("10.77.0.11", "fd00:77::11")
    .replace("10.77.0.12", "fd00:77::12")
    .replace("10.77.0.13", "fd00:77::13")
    .concat('network: { podCidr: "fd00:244::/48", nodeMask: 64, serviceCidr: "fd00:96::/112" }\n');

  const { kubeApiserver, kubelet, podNetwork } = host(await split(config), "h2");

  assert.deepEqual(kubeApiserver?.bind, { address: "::", port: 6443 });
  assert.deepEqual(kubeApiserver?.etcdServers[0], "https://[fd00:77::11]:2379");
  assert.deepEqual(kubelet?.config["clusterDNS"], ["fd00:96::a"]);
  assert.equal(podNetwork?.podCidr, "fd00:244:0:1::/64");
});
