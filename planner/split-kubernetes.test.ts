// A cluster with Kubernetes becomes host configs: who runs what, with which keys, and what stays as it was.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { parse } from "yaml";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { fakeMachine } from "./cli/testing/fake-machine.ts";
import { packedChart } from "./testing/packed-chart.ts";
import { kubernetesCluster, workersCluster } from "./testing/kubernetes-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

async function split(config: string, machine: Machine = fakeMachine(config)): Promise<Machine> {
  machine.put("cluster.yaml", config);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  return machine;
}

function host(machine: Machine, name: string): HostConfig {
  const found = machine.hosts()[name];
  assert.ok(found);
  return found;
}

function certificateOf(config: HostConfig, name: string): X509Certificate {
  return new X509Certificate(config.secrets[`kubernetes/${name}.crt`] ?? "");
}

const stateOf = (machine: Machine): unknown => parse(machine.text("pki/state.yaml") ?? "");

test("the smallest config of a cluster becomes whole host configs", async () => {
  const machine = await split(kubernetesCluster);

  const sections = Object.keys(host(machine, "h2"));
  assert.deepEqual(sections, [
    "apiVersion",
    "kind",
    "cluster",
    "host",
    "generation",
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

test("every certificate says who its owner is in Kubernetes, and is good for its one use", async () => {
  const { secrets, ...config } = host(await split(kubernetesCluster), "h1");
  const server = "1.3.6.1.5.5.7.3.1";
  const client = "1.3.6.1.5.5.7.3.2";
  const expected: Readonly<Record<string, readonly [string, string]>> = {
    agent: ["O=flexkube:agents\nCN=flexkube-agent:h1", client],
    apiserver: ["CN=kube-apiserver", server],
    "apiserver-etcd-client": ["CN=kube-apiserver-etcd-client", client],
    "apiserver-kubelet-client": ["CN=kube-apiserver-kubelet-client", client],
    applier: ["O=system:masters\nCN=flexkube-applier", client],
    "controller-manager": ["CN=system:kube-controller-manager", client],
    "front-proxy-client": ["CN=front-proxy-client", client],
    "kube-proxy": ["CN=system:kube-proxy", client],
    "kubelet-client": ["O=system:nodes\nCN=system:node:h1", client],
    "kubelet-serving": ["O=system:nodes\nCN=system:node:h1", server],
    scheduler: ["CN=system:kube-scheduler", client],
  };

  for (const [name, [subject, usage]] of Object.entries(expected)) {
    const certificate = certificateOf({ ...config, secrets }, name);
    assert.deepEqual([certificate.subject, certificate.keyUsage], [subject, [usage]], name);
  }
});

test("the organization of the config's certificates is no group in Kubernetes", async () => {
  const config = host(await split(`${kubernetesCluster}pki: { organization: "system:masters" }\n`), "h1");

  assert.equal(certificateOf(config, "kube-proxy").subject, "CN=system:kube-proxy");
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

test("a new node changes routes on every node and nothing on other hosts", async () => {
  const machine = await split(workersCluster);
  const more = workersCluster
    .replace("hosts:\n", "hosts:\n  w3: { address: 10.77.0.23 }\n")
    .replace("hosts: [w1, w2]", "hosts: [w1, w2, w3]");

  await split(more, machine);

  const generations = Object.entries(machine.hosts()).map(([name, { generation }]) => [name, generation]);
  assert.deepEqual(generations, [
    ["c1", 1],
    ["w1", 2],
    ["w2", 2],
    ["w3", 1],
  ]);
  assert.deepEqual(host(machine, "w2").podNetwork?.routes, {
    w1: { address: "10.77.0.21", podCidr: "10.244.0.0/24" },
    w3: { address: "10.77.0.23", podCidr: "10.244.2.0/24" },
  });
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
    machine.put(`hosts/${name}.yaml`, machine.text(`hosts/${name}.yaml`)?.replace(/ {4}w6:\n.*\n.*\n/, "") ?? "");
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

test("keys that are in use and were lost are never made anew", async () => {
  for (const file of ["pki/kubernetes/encryption-keys", "pki/kubernetes/service-account.key"]) {
    const machine = await split(kubernetesCluster);
    machine.pki.delete(file);
    if (file.endsWith(".key")) machine.pki.delete("pki/kubernetes/service-account.pub");
    machine.writes.length = 0;

    const withState = await machine.run("split");
    machine.files.delete("pki/state.yaml");
    const withoutState = await machine.run("split");

    assert.deepEqual([withState.code, withoutState.code], [65, 65]);
    assert.ok(withState.stderr.includes(`a key is missing that is in use: ${file}`), withState.stderr);
    assert.deepEqual(machine.writes, []);
  }
});

test("what was encrypted once stays readable when it is encrypted no longer", async () => {
  const machine = await split(kubernetesCluster);
  const rules = (): unknown => parse(host(machine, "h1").secrets["kubernetes/encryption.yaml"] ?? "");
  const [, key = ""] =
    /^key1 (.*)\n$/.exec(Buffer.from(machine.pki.get("pki/kubernetes/encryption-keys")?.bytes ?? []).toString()) ?? [];
  const secretbox = { secretbox: { keys: [{ name: "key1", secret: key }] } };
  const document = (resources: readonly object[]) => ({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources,
  });
  const controlPlane = (fields: string) =>
    kubernetesCluster.replace(
      "controlPlane: { hosts: [h1, h2, h3] }",
      `controlPlane: { hosts: [h1, h2, h3], ${fields} }`,
    );

  assert.equal(Buffer.from(key, "base64").length, 32);
  assert.deepEqual(rules(), document([{ resources: ["secrets"], providers: [secretbox, { identity: {} }] }]));
  await split(controlPlane("encryption: { resources: [configmaps] }"), machine);
  assert.deepEqual(
    rules(),
    document([
      { resources: ["configmaps"], providers: [secretbox, { identity: {} }] },
      { resources: ["secrets"], providers: [{ identity: {} }, secretbox] },
    ]),
  );
  await split(controlPlane("encryption: { enabled: false }"), machine);
  assert.deepEqual(
    rules(),
    document([{ resources: ["configmaps", "secrets"], providers: [{ identity: {} }, secretbox] }]),
  );
});

test("a cluster that never encrypted has no keys for it", async () => {
  const machine = await split(
    kubernetesCluster.replace(
      "hosts: [h1, h2, h3] }\nkubelets",
      "hosts: [h1, h2, h3], encryption: { enabled: false } }\nkubelets",
    ),
  );

  assert.equal(host(machine, "h1").kubeApiserver?.encryption, undefined);
  assert.equal(machine.pki.has("pki/kubernetes/encryption-keys"), false);
});

test("the hosts of the control plane are kept free of pods when there are workers, and have their role", async () => {
  const mixed = workersCluster.replace("hosts: [w1, w2]", "hosts: all");
  const taint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
  const role = { "node-role.kubernetes.io/control-plane": "" };

  const machine = await split(mixed);
  const alone = host(await split(kubernetesCluster), "h1");

  assert.deepEqual(host(machine, "c1").node?.taints, [taint]);
  assert.deepEqual(host(machine, "c1").kubelet?.config["registerWithTaints"], [taint]);
  assert.deepEqual(host(machine, "c1").node?.labels, role);
  assert.deepEqual([host(machine, "w1").node?.taints, host(machine, "w1").node?.labels], [[], {}]);
  assert.deepEqual([alone.node?.taints, alone.node?.labels], [[], role]);
  assert.equal(alone.kubelet?.config["registerWithTaints"], undefined);
});

test("labels that a kubelet may set come with the node; all of them are kept by the agent", async () => {
  const labels =
    '{ rack: "7", node-restriction.kubernetes.io/pci: "yes", topology.kubernetes.io/zone: a, x.node.kubernetes.io/b: c, example.org/d: e }';
  const config = workersCluster.replace(
    "hosts: [w1, w2] }",
    `hosts: [w1, w2], labels: ${labels}, roles: [db], annotations: { note: n }, taints: [{ key: db, value: x, effect: NoExecute }], overrides: { w2: { labels: { rack: "8" }, roles: [] } } }`,
  );

  const machine = await split(config);
  const [first, second] = [host(machine, "w1"), host(machine, "w2")];

  assert.equal(
    first.kubelet?.args["node-labels"],
    "example.org/d=e,rack=7,topology.kubernetes.io/zone=a,x.node.kubernetes.io/b=c",
  );
  assert.deepEqual(first.node?.labels, {
    "example.org/d": "e",
    "node-restriction.kubernetes.io/pci": "yes",
    "node-role.kubernetes.io/db": "",
    rack: "7",
    "topology.kubernetes.io/zone": "a",
    "x.node.kubernetes.io/b": "c",
  });
  assert.deepEqual(first.node?.annotations, { note: "n" });
  assert.deepEqual(first.node?.taints, [{ key: "db", value: "x", effect: "NoExecute" }]);
  assert.deepEqual([second.node?.labels["rack"], second.node?.labels["node-role.kubernetes.io/db"]], ["8", undefined]);
});

test("agents may change the keys that are kept at nodes, and those that were kept before", async () => {
  const policy = (machine: Machine) => host(machine, "c1").clusterObjects?.manifests["05-node-policy"]?.content ?? "";
  const labelled = workersCluster.replace("hosts: [w1, w2]", "hosts: [w1, w2], labels: { rack: a }");

  const machine = await split(labelled);
  await split(workersCluster, machine);

  assert.match(policy(machine), /expression: '\["flexkube.io\/managed","rack"\]'/);
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
    "hosts: [h1, h2, h3], apiserver: { args: { event-ttl: 2h, goaway-chance: [] }, authentication: { jwt: [] } }, overrides: { h2: { apiserver: { args: { event-ttl: 3h } } } } }\nkubelets";

  const machine = await split(kubernetesCluster.replace("hosts: [h1, h2, h3] }\nkubelets", section));
  const [first, second] = [host(machine, "h1").kubeApiserver, host(machine, "h2").kubeApiserver];

  assert.deepEqual([first?.args["event-ttl"], second?.args["event-ttl"]], ["2h", "3h"]);
  assert.deepEqual(first?.args["goaway-chance"], []);
  assert.equal(first?.args["authorization-mode"], "Node,RBAC");
  assert.deepEqual(Object.keys(first?.authentication ?? {}), ["apiVersion", "kind", "anonymous", "jwt"]);
});

test("one API server alone sends nobody elsewhere", async () => {
  const only = host(await split(workersCluster), "c1").kubeApiserver;

  assert.equal(only?.args["goaway-chance"], undefined);
  assert.equal(host(await split(kubernetesCluster), "h1").kubeApiserver?.args["goaway-chance"], "0.001");
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

test("what is switched off is not there", async () => {
  const off =
    "addons: { coredns: { enabled: false }, networkPolicies: false }\nnetwork: { proxy: { enabled: false } }\n";
  const config = kubernetesCluster.replace(
    "hosts: [h1, h2, h3] }\nkubelets",
    "hosts: [h1, h2, h3], audit: { enabled: false } }\nkubelets",
  );

  const { clusterObjects, kubelet, kubeProxy, kubeApiserver, secrets } = host(await split(config + off), "h1");

  assert.deepEqual(Object.keys(clusterObjects?.manifests ?? {}), ["00-rbac", "05-node-policy"]);
  assert.equal(kubelet?.config["clusterDNS"], undefined);
  assert.equal(kubeProxy, undefined);
  assert.equal(secrets["kubernetes/kube-proxy.key"], undefined);
  assert.deepEqual([kubeApiserver?.auditPolicy, kubeApiserver?.auditLogDirectory], [undefined, undefined]);
  assert.equal(
    Object.keys(kubeApiserver?.args ?? {}).some((flag) => flag.startsWith("audit-")),
    false,
  );
});

test("manifests and charts travel to the control plane only, after all add-ons, secret ones as secrets", async () => {
  const objects = `manifests:
  app: { file: app.yaml }
  key: { content: "{ apiVersion: v1, kind: Secret, metadata: { name: key } }", secret: true }
helmReleases: { web: { chart: web.tgz, namespace: web, values: { replicas: 2 } } }
`;
  const machine = fakeMachine("");
  const app = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app }\n";
  machine.put("app.yaml", app);
  machine.files.set("web.tgz", { bytes: packedChart(), mode: 0o600 });

  await split(workersCluster + objects, machine);
  const { clusterObjects, secrets } = host(machine, "c1");

  assert.deepEqual(Object.keys(clusterObjects?.manifests ?? {}), [
    "00-rbac",
    "05-node-policy",
    "10-coredns",
    "20-network-policies",
    "user-app",
    "user-key",
  ]);
  assert.deepEqual(
    Object.keys(clusterObjects?.manifests ?? {}),
    Object.keys(clusterObjects?.manifests ?? {}).toSorted(),
  );
  assert.deepEqual(clusterObjects?.manifests["user-app"], { content: app });
  assert.deepEqual(clusterObjects?.manifests["user-key"], { secret: "kubernetes/manifest-key" });
  assert.equal(secrets["kubernetes/manifest-key"], "{ apiVersion: v1, kind: Secret, metadata: { name: key } }");
  assert.deepEqual(clusterObjects?.releases["web"], {
    namespace: "web",
    chart: "kubernetes/chart-web",
    values: { replicas: 2 },
    wait: true,
    timeout: "5m",
  });
  assert.equal(secrets["kubernetes/chart-web"], Buffer.from(packedChart()).toString("base64"));
  assert.equal(clusterObjects?.helmImage, "alpine/helm:4.3.1");
  assert.equal(host(machine, "w1").secrets["kubernetes/manifest-key"], undefined);
});

test("a preview shows what becomes of manifests, and that only one host does it", async () => {
  const machine = await split(workersCluster);
  machine.put(
    "cluster.yaml",
    `${workersCluster}manifests: { app: { content: "{ apiVersion: v1, kind: ConfigMap, metadata: { name: app } }" } }\n`,
  );

  const { stdout } = await machine.run("diff");

  assert.match(stdout, /apply manifest user-app \(not applied yet\)/);
  assert.match(stdout, /# one of the hosts that have these objects of the cluster does this/);
});

test("API servers reach somebody else's etcd with certificates of the user's own", async () => {
  const maker = await split(workersCluster);
  const file = (path: string) => Buffer.from(maker.pki.get(`pki/${path}`)?.bytes ?? []).toString();
  const config = workersCluster
    .replace(
      "etcd: { hosts: c1 }\n",
      "pki: { etcdClient: { ca: ca.crt, certificate: '{host}.crt', key: '{host}.key' } }\n",
    )
    .replace("controlPlane: { hosts: c1 }", "controlPlane: { hosts: c1, etcdServers: ['https://10.0.0.1:2379'] }");
  const machine = fakeMachine(config);
  machine.put("ca.crt", file("etcd/ca.crt"));
  machine.put("c1.crt", file("kubernetes/hosts/c1/apiserver-etcd-client.crt"));
  machine.put("c1.key", file("kubernetes/hosts/c1/scheduler.key"));

  const wrong = await machine.run("split");
  machine.put("c1.key", file("kubernetes/hosts/c1/apiserver-etcd-client.key"));
  await split(config, machine);
  const { kubeApiserver, secrets } = host(machine, "c1");

  assert.equal(wrong.code, 65);
  assert.match(wrong.stderr, /pki.etcdClient.key: c1.key does not belong to the certificate/);
  assert.deepEqual(kubeApiserver?.etcdServers, ["https://10.0.0.1:2379"]);
  assert.equal(kubeApiserver?.certificates.etcdCa, "kubernetes/etcd-ca.crt");
  assert.equal(secrets["kubernetes/etcd-ca.crt"], machine.text("ca.crt"));
  assert.equal(secrets["kubernetes/apiserver-etcd-client.key"], machine.text("c1.key"));
  assert.equal(
    [...machine.pki.keys()].some((path) => path.startsWith("pki/etcd")),
    false,
  );
});

test("kubelets can join API servers that the cluster config does not run", async () => {
  const config = workersCluster
    .replace("etcd: { hosts: c1 }\ncontrolPlane: { hosts: c1 }\n", "")
    .concat("apiLoadBalancers: { kubernetes: { servers: { api: { address: 192.0.2.1, port: 443 } } } }\n");

  const machine = await split(config);

  assert.deepEqual(Object.keys(host(machine, "c1").secrets), ["hash-key"]);
  assert.deepEqual(host(machine, "w1").apiLoadBalancers["kubernetes"]?.servers, {
    api: { address: "192.0.2.1", port: 443 },
  });
});

test("the key of a CA that is held elsewhere is missed where the controller manager needs it", async () => {
  const machine = await split(kubernetesCluster);
  machine.pki.delete("pki/kubernetes/ca.key");

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 65);
  assert.match(stderr, /a CA's key is held elsewhere, and hosts need it: kubernetes\/ca.key/);
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
