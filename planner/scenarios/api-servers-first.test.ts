// Who waits for the versions of the API servers, and as whom they are asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import { draftHost } from "#planner/draft/host-draft.ts";
import { kubernetesCluster, workersCluster } from "#planner/testing/kubernetes-cluster.ts";

function draft(host: string, text: string) {
  const cluster = clusterOf(ClusterConfig.parse(parse(text)), { inputs: new Map(), bootstrapped: true });
  const found = draftHost(cluster, host);
  assert.deepEqual(found.problems, []);
  return found.draft;
}

test("nodes ask as their agent, hosts of the control plane without a kubelet as the applier; each has what it needs for it", () => {
  const clients = { w1: "agent", c1: "applier" };
  for (const [host, client] of Object.entries(clients)) {
    const { config, secrets } = draft(host, workersCluster) ?? {};

    assert.deepEqual(config?.apiServersFirst, {
      servers: { c1: { address: "10.77.0.10", port: 6443 } },
      ca: "kubernetes/ca.crt",
      certificate: `kubernetes/${client}.crt`,
      key: `kubernetes/${client}.key`,
    });
    for (const name of [`kubernetes/${client}.crt`, `kubernetes/${client}.key`, "kubernetes/ca.crt"])
      assert.ok(name in (secrets ?? {}), name);
  }
});

test("every host asks all API servers at the port that they have", () => {
  const text = kubernetesCluster.replace("controlPlane: {", "controlPlane: { port: 7000,");

  assert.deepEqual(Object.values(draft("h2", text)?.config.apiServersFirst?.servers ?? {}), [
    { address: "10.77.0.11", port: 7000 },
    { address: "10.77.0.12", port: 7000 },
    { address: "10.77.0.13", port: 7000 },
  ]);
});

test("without Kubernetes, and with API servers of somebody else, nobody waits", () => {
  const foreign = workersCluster
    .replace("etcd: { hosts: c1 }\ncontrolPlane: { hosts: c1 }\n", "")
    .concat("apiLoadBalancers: { kubernetes: { servers: { api: { address: 192.0.2.1, port: 443 } } } }\n");

  assert.equal(draft("w1", foreign)?.config.apiServersFirst, undefined);
  assert.equal(draft("c1", foreign)?.config.apiServersFirst, undefined);
});

test("the preview of another minor version takes the API servers for upgraded", async () => {
  const machine = fakeMachine(workersCluster);
  await machine.run("split");
  machine.put("cluster.yaml", workersCluster.replace("version: 1.36.3", "version: 1.37.0"));

  const { stdout } = await machine.run("diff", "-v");

  assert.match(stdout, /create kubelet from quay.io\/poseidon\/kubelet:v1.37.0/);
  assert.doesNotMatch(stdout, /waiting/);
});
