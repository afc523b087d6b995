// Who gets the disruption lock's section, where the lock is, and whose answers are asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import { draftHost } from "#planner/draft/host-draft.ts";
import { kubernetesCluster, workersCluster } from "#planner/testing/kubernetes-cluster.ts";

function config(host: string, text: string): HostConfig {
  const cluster = clusterOf(ClusterConfig.parse(parse(text)), { inputs: new Map(), bootstrapped: true });
  const { draft, problems } = draftHost(cluster, host);
  assert.deepEqual(problems, []);
  assert.ok(draft);
  return draft.config;
}

const threeHosts = kubernetesCluster.slice(0, kubernetesCluster.indexOf("kubernetes:"));

test("members of etcd have the lock in etcd, by their peer certificate", () => {
  const { disruption, etcd } = config(
    "h2",
    `${threeHosts}etcd: { hosts: all, overrides: { h3: { clientPort: 3379 } } }`,
  );

  assert.deepEqual(disruption, {
    etcd: {
      endpoints: {
        h1: { address: "10.77.0.11", port: 2379 },
        h2: { address: "10.77.0.12", port: 2379 },
        h3: { address: "10.77.0.13", port: 3379 },
      },
      ca: "etcd/ca.crt",
      certificate: "etcd/peer.crt",
      key: "etcd/peer.key",
      acknowledge: true,
    },
    ttl: "30s",
    apiServers: {},
    apiCa: "kubernetes/ca.crt",
  });
  assert.match(etcd?.rollout ?? "", /^[0-9a-f]{16}$/);
});

test("one member and one API server have nobody to wait for", () => {
  const { disruption, etcd } = config("c1", workersCluster);

  assert.equal(disruption, undefined);
  assert.equal(etcd?.rollout, undefined);
  assert.equal(config("w1", workersCluster).disruption, undefined);
});

test("hosts of the control plane also ask the API servers; one without a member is etcd's client as its API server is", () => {
  const text = kubernetesCluster.replace("etcd: { hosts: [h1, h2, h3] }", "etcd: { hosts: h1 }");
  const { disruption } = config("h2", text);

  assert.deepEqual(disruption?.etcd, {
    endpoints: { h1: { address: "10.77.0.11", port: 2379 } },
    ca: "etcd/ca.crt",
    certificate: "kubernetes/apiserver-etcd-client.crt",
    key: "kubernetes/apiserver-etcd-client.key",
    acknowledge: true,
  });
  assert.deepEqual(Object.keys(disruption?.apiServers ?? {}), ["h1", "h2", "h3"]);
  assert.equal(config("h1", text).disruption?.etcd?.certificate, "etcd/peer.crt");
});

const foreignEtcd = kubernetesCluster
  .replace("etcd: { hosts: [h1, h2, h3] }\n", "")
  .replace("controlPlane: {", 'controlPlane: { etcdServers: ["https://10.9.9.9:2379"],')
  .concat("pki: { etcdClient: { ca: a, certificate: b, key: c } }\n");

test("with an etcd of somebody else's the lock is a Lease, by a certificate that is good for it alone", () => {
  const { disruption, clusterObjects } = config("h1", foreignEtcd);

  assert.equal(disruption?.etcd, undefined);
  assert.deepEqual(disruption?.lease, {
    server: "https://127.0.0.1:7443",
    ca: "kubernetes/ca.crt",
    certificate: "kubernetes/disruption.crt",
    key: "kubernetes/disruption.key",
  });
  const [role, binding] = (clusterObjects?.manifests["06-disruption"]?.content ?? "")
    .split("---\n")
    .map((text): unknown => parse(text));
  const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
  assert.deepEqual(role, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "flexkube:disruption", namespace: "kube-system" },
    rules: [
      { ...leases, resourceNames: ["flexkube-disruption"], verbs: ["get", "update"] },
      { ...leases, verbs: ["create"] },
    ],
  });
  assert.deepEqual(binding, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "flexkube:disruption", namespace: "kube-system" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "flexkube:disruption" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "flexkube:disruption" }],
  });
});

test("every host of the control plane gets that certificate, in the group that the Role is bound to, and no other host", () => {
  const text = foreignEtcd.replace("hosts: [h1, h2, h3]", "hosts: [h1, h2]");
  const cluster = clusterOf(ClusterConfig.parse(parse(text)), { inputs: new Map(), bootstrapped: true });
  const drafts = ["h1", "h2", "h3"].map((host) => draftHost(cluster, host).draft);

  const certificates = drafts.map((draft) =>
    (draft?.certificates ?? [])
      .filter(({ id }) => id.endsWith("/disruption"))
      .map(({ id, commonName, organization, usages }) => [id, commonName, organization, usages]),
  );
  assert.deepEqual(certificates, [
    [["kubernetes/hosts/h1/disruption", "flexkube-disruption:h1", "flexkube:disruption", ["client"]]],
    [["kubernetes/hosts/h2/disruption", "flexkube-disruption:h2", "flexkube:disruption", ["client"]]],
    [],
  ]);
  assert.deepEqual(
    drafts.map((draft) => Object.keys(draft?.secrets ?? {}).filter((name) => name.includes("disruption"))),
    [
      ["kubernetes/disruption.crt", "kubernetes/disruption.key"],
      ["kubernetes/disruption.crt", "kubernetes/disruption.key"],
      [],
    ],
  );
});

test("API servers beside members of their own etcd use its lock, whatever etcd they store in; nobody needs the Role", () => {
  const text = foreignEtcd.replace("controlPlane:", "etcd: { hosts: [h1, h2, h3] }\ncontrolPlane:");
  const { disruption, clusterObjects } = config("h1", text);

  assert.equal(disruption?.lease, undefined);
  assert.equal(disruption?.etcd?.certificate, "etcd/peer.crt");
  assert.equal(clusterObjects?.manifests["06-disruption"], undefined);
});

test("a host has every secret that its section names", async () => {
  const machine = fakeMachine(kubernetesCluster.replace("etcd: { hosts: [h1, h2, h3] }", "etcd: { hosts: h1 }"));
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);

  for (const { disruption, secrets } of Object.values(machine.hosts())) {
    const { ca, certificate, key } = disruption?.etcd ?? {};
    for (const name of [ca, certificate, key, disruption?.apiCa]) assert.ok(name !== undefined && secrets[name]);
  }
});

test("members whose settings are the same share a rollout; another setting is another one", () => {
  const rollout = (host: string, etcd: string): string | undefined =>
    config(host, `${threeHosts}etcd: ${etcd}`).etcd?.rollout;
  const plain = rollout("h1", "{ hosts: all }");

  assert.equal(rollout("h2", "{ hosts: all }"), plain);
  assert.notEqual(rollout("h1", "{ hosts: all, extraArgs: [--heartbeat-interval=150] }"), plain);
  const override = "{ hosts: all, overrides: { h2: { extraArgs: [--heartbeat-interval=150] } } }";
  assert.deepEqual([rollout("h1", override), rollout("h2", override) === plain], [plain, false]);
});
