// Nodes' labels and taints, add-ons, manifests and charts in a split.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { nodePolicyManifest } from "#planner/draft/addons/node-policy.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { NodeMarks } from "#planner/cluster/kubernetes/node-pool.ts";
import { packedChart } from "#planner/testing/packed-chart.ts";
import { kubernetesCluster, workersCluster } from "#planner/testing/kubernetes-cluster.ts";
import { type Machine, split, host } from "#planner/testing/kubernetes-split.ts";

test("the hosts of the control plane are kept free of pods when there are workers, and have their role", async () => {
  const mixed = workersCluster.replace("hosts: [w1, w2]", "hosts: all");
  const taint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
  const role = { "node-role.kubernetes.io/control-plane": "" };

  const machine = await split(mixed);
  const alone = host(await split(kubernetesCluster), "h1");

  assert.deepEqual(host(machine, "c1").node?.taints, [taint]);
  assert.deepEqual(host(machine, "c1").kubelet?.registration, { labels: {}, taints: [taint] });
  assert.deepEqual(host(machine, "c1").node?.labels, role);
  assert.deepEqual([host(machine, "w1").node?.taints, host(machine, "w1").node?.labels], [[], {}]);
  assert.deepEqual([alone.node?.taints, alone.node?.labels], [[], role]);
  assert.equal(alone.kubelet?.registration, undefined);
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

  assert.deepEqual(first.kubelet?.registration, {
    labels: { "example.org/d": "e", rack: "7", "topology.kubernetes.io/zone": "a", "x.node.kubernetes.io/b": "c" },
    taints: [{ key: "db", value: "x", effect: "NoExecute" }],
  });
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

test("a pool's labels and taints that change change nothing else of its kubelets", async () => {
  const before = host(await split(workersCluster), "w1").kubelet;
  const marks = "hosts: [w1, w2], labels: { rack: a }, taints: [{ key: db, effect: NoExecute }]";
  const after = host(await split(workersCluster.replace("hosts: [w1, w2]", marks)), "w1").kubelet;

  assert.deepEqual({ ...after, registration: undefined }, { ...before, registration: undefined });
  assert.equal(before?.registration, undefined);
  assert.deepEqual(after?.registration?.labels, { rack: "a" });
});

test("agents may change the keys that are kept at nodes, and those that were kept before", async () => {
  const policy = (machine: Machine) => host(machine, "c1").clusterObjects?.manifests["05-node-policy"]?.content ?? "";
  const labelled = workersCluster.replace("hosts: [w1, w2]", "hosts: [w1, w2], labels: { rack: a }");

  const machine = await split(labelled);
  await split(workersCluster, machine);

  assert.match(policy(machine), /expression: '\["flexkube.io\/managed","rack"\]'/);
});

test("each node's agent is told what its node shall have, nodes with the same by one list", async () => {
  const labelled = workersCluster.replace(
    "hosts: [w1, w2]",
    'hosts: all, labels: { rack: a }, overrides: { w2: { annotations: { note: "a\\nb\\\\" }, taints: [{ key: db, effect: NoExecute }, { key: x, value: y, effect: NoSchedule }] } }',
  );
  const manifests = host(await split(labelled), "c1").clusterObjects?.manifests ?? {};
  const [marks] = (manifests["05-node-policy"]?.content ?? "").split("\n---\n").map((text): unknown => parse(text));

  assert.partialDeepStrictEqual(marks, {
    kind: "ConfigMap",
    data: {
      "list.1":
        "label:node-role.kubernetes.io/control-plane=\nlabel:rack=a\ntaint:node-role.kubernetes.io/control-plane=:NoSchedule",
      "list.2": "label:rack=a",
      "list.3": "annotation:note=a\\nb\\\\\nlabel:rack=a\ntaint:db=:NoExecute\ntaint:x=y:NoSchedule",
      "node.c1": "1",
      "node.w1": "2",
      "node.w2": "3",
    },
  });
});

test("agents may change nodes only once the policy that narrows it has been applied", async () => {
  const manifests = host(await split(kubernetesCluster), "h1").clusterObjects?.manifests ?? {};
  const holding = (word: string): readonly string[] =>
    Object.keys(manifests).filter((name) => manifests[name]?.content?.includes(word));

  const [policy, binding] = [holding("policyName: flexkube-agents"), holding("name: flexkube:agents")];

  assert.deepEqual([policy.length, binding.length], [1, 1]);
  assert.ok(String(policy) < String(binding));
});

test("what a thousand nodes with labels of their own shall have is far from a manifest's limit", () => {
  const nodes = Array.from({ length: 1000 }, (_, at): readonly [string, NodeMarks] => [
    `node-${at}`,
    { labels: { rack: `${at}` }, annotations: {}, taints: [] },
  ]);

  const content = nodePolicyManifest({ keys: ["rack"], marks: new Map(nodes) });

  assert.ok(content.length < 100_000, `${content.length} characters`);
});

test("what is switched off is not there", async () => {
  const off =
    "addons: { coredns: { enabled: false }, networkPolicies: false }\nnetwork: { proxy: { enabled: false } }\n";
  const config = kubernetesCluster.replace(
    "hosts: [h1, h2, h3] }\nkubelets",
    "hosts: [h1, h2, h3], audit: { enabled: false } }\nkubelets",
  );

  const { clusterObjects, kubelet, kubeProxy, kubeApiserver, secrets } = host(await split(config + off), "h1");

  assert.deepEqual(Object.keys(clusterObjects?.manifests ?? {}), [
    "00-rbac",
    "04-bootstrap",
    "05-node-policy",
    "30-agents",
  ]);
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
    "04-bootstrap",
    "05-node-policy",
    "10-coredns",
    "30-agents",
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

  const { stdout } = await machine.run("diff", "-v");

  assert.match(stdout, /apply manifest user-app \(not applied yet\)/);
  assert.match(stdout, /# one of the hosts that have these objects of the cluster does this/);
});
