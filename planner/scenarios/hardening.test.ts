// What a cluster is told to refuse by default: weak ciphers, foreign addresses, processes without end, silent policies.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { base, output } from "#planner/testing/kubernetes-problems.ts";
import { host, split } from "#planner/testing/kubernetes-split.ts";

const section = async (extra = "") => host(await split(kubernetesCluster + extra), "h1");

test("servers accept only suites that encrypt and authenticate at once", async () => {
  const { etcd, kubeApiserver, kubeControllerManager, kubeScheduler, kubelet } = await section();
  const lists = [
    etcd?.cipherSuites.join(","),
    ...[kubeApiserver, kubeControllerManager, kubeScheduler].map((each) => each?.args["tls-cipher-suites"]),
    JSON.stringify(kubelet?.config["tlsCipherSuites"]).replaceAll(/["[\]]/g, ""),
  ];

  assert.equal(new Set(lists).size, 1);
  for (const suite of String(lists[0]).split(","))
    assert.match(suite, /^TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_(128|256)_GCM|CHACHA20_POLY1305)_SHA(256|384)$/);
});

test("every container of the control plane and every pod has a limit of processes", async () => {
  const { etcd, apiLoadBalancers, kubeApiserver, kubeControllerManager, kubeScheduler, kubeProxy, kubelet } =
    await section();
  const limits = [
    etcd,
    apiLoadBalancers["kubernetes"],
    kubeApiserver,
    kubeControllerManager,
    kubeScheduler,
    kubeProxy,
  ].map((each) => each?.resources.pids);

  assert.deepEqual(new Set(limits), new Set([8192]));
  assert.equal(kubelet?.config["podPidsLimit"], 4096);
  assert.equal(kubelet?.resources.pids, undefined);
});

test("Services take over no addresses of others", async () => {
  const plugins = String((await section()).kubeApiserver?.args["enable-admission-plugins"]).split(",");

  assert.ok(plugins.includes("NodeRestriction"));
  assert.ok(plugins.includes("DenyServiceExternalIPs"));
});

test("the audit log leaves out events and leases of the cluster's own programs only", async () => {
  const rules = (await section()).kubeApiserver?.auditPolicy?.["rules"];

  assert.ok(Array.isArray(rules));
  const silent = rules.filter((rule) => JSON.stringify(rule).includes('"leases"'));
  assert.equal(silent.length, 2);
  for (const rule of silent) assert.match(JSON.stringify(rule), /"(users|userGroups)":\["system:/);
});

test("other names go to the node's name servers unless the config names others or none", async () => {
  const corefile = async (extra = ""): Promise<string> =>
    (await section(extra)).clusterObjects?.manifests["10-coredns"]?.content ?? "";
  const resolver = async (extra = "") => (await section(extra)).kubelet?.resolver;

  assert.match(await corefile(), /forward \. \/etc\/resolv\.conf \{/);
  assert.match(await corefile(), /^ {8}loop$/m);
  assert.match(await corefile("addons: { coredns: { forward: [10.0.0.53] } }\n"), /forward \. 10\.0\.0\.53 \{/);
  assert.doesNotMatch(await corefile("addons: { coredns: { forward: [] } }\n"), /forward/);
  assert.deepEqual(
    [
      await resolver(),
      await resolver("addons: { coredns: { forward: [] } }\n"),
      await resolver("addons: { coredns: { enabled: false } }\n"),
    ],
    ["reachable", "as-configured", "as-configured"],
  );
});

const unkept =
  "nothing keeps network policies with network.plugin bridge: all pods reach all pods (use a network of your own that keeps them (network.plugin: none))";
const policy =
  '"apiVersion: networking.k8s.io/v1\\nkind: NetworkPolicy\\nmetadata: { name: a }\\nspec: { podSelector: {} }\\n"';

test("network policies that nothing keeps are not shipped unasked, and told where they are asked for", async () => {
  const shipped = async (extra = "") =>
    Object.keys((await section(extra)).clusterObjects?.manifests ?? {}).includes("20-network-policies");

  assert.deepEqual(
    [
      await shipped(),
      await shipped("network: { plugin: none }\n"),
      await shipped("addons: { networkPolicies: true }\n"),
      await shipped("network: { plugin: none }\naddons: { networkPolicies: false }\n"),
    ],
    [false, true, true, false],
  );
  assert.deepEqual(await output(base), []);
  assert.match(
    (await output(`${base}addons: { networkPolicies: true }\n`)).join("\n"),
    new RegExp(escaped(`addons.networkPolicies: ${unkept}`)),
  );
  assert.match(
    (await output(`${base}manifests: { mine: { content: ${policy} } }\n`)).join("\n"),
    new RegExp(escaped(`manifests.mine: ${unkept}`)),
  );
  assert.deepEqual(await output(`${base}network: { plugin: none }\nmanifests: { mine: { content: ${policy} } }\n`), []);
});

function escaped(text: string): string {
  return text.replace(/[.()[\]]/g, "\\$&");
}
