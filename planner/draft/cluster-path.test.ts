// What is found in a host config is told at the line of the cluster config that it comes from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { formatPath } from "#shared/document/path.ts";
import { clusterPath } from "./cluster-path.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";

const config = ClusterConfig.parse(
  parse(
    `${kubernetesCluster.replace(
      "controlPlane: { hosts: [h1, h2, h3] }",
      "controlPlane: { hosts: [h1, h2, h3], overrides: { h2: { scheduler: { stopTimeout: 1m } } } }",
    )}manifests: { app: { content: x }, disk: { file: y } }
agent: { listen: { port: 1 } }
`,
  ),
);

const cases: readonly (readonly [string, string])[] = [
  ["cluster", "name"],
  ["agent.listen.port", "agent.listen.port"],
  ["agent.imageDirectory", "images.directory"],
  ["agent.registries.0", "images.registries.0"],
  ["agent", "agent"],
  ["secrets.etcd/ca.crt", "pki.etcd.ca"],
  ["secrets.kubernetes/etcd-ca.crt", "pki.etcdClient.ca"],
  ["secrets.kubernetes/apiserver-etcd-client.key", "pki.etcdClient.key"],
  ["secrets.mine", "secrets.mine"],
  ["etcd.members.h1", "etcd"],
  ["etcd.clientPort", "etcd.clientPort"],
  ["apiLoadBalancers.kubernetes.bind.port", "kubernetes"],
  ["kubeApiserver.bind.port", "controlPlane.port"],
  ["kubeApiserver.etcdServers.0", "controlPlane.etcdServers"],
  ["kubeApiserver.auditLogDirectory", "controlPlane.audit.directory"],
  ["kubeApiserver.certificates.ca", "controlPlane"],
  ["kubeApiserver.args.v", "controlPlane.apiserver.args.v"],
  ["kubeControllerManager.bind.port", "controlPlane.controllerManager.bind.port"],
  ["kubeScheduler.probe", "controlPlane.scheduler.probe"],
  ["kubeScheduler.stopTimeout", "controlPlane.overrides.h2.scheduler.stopTimeout"],
  ["kubelet.config.port", "kubelets.all.config.port"],
  ["kubelet.api.server", "kubelets.all"],
  ["node.labels.rack", "kubelets.all.labels.rack"],
  ["node.name", "kubelets.all"],
  ["kubeProxy.healthPort", "network.proxy.healthPort"],
  ["podNetwork.mtu", "network.bridge.mtu"],
  ["podNetwork.routes.h1", "network.bridge"],
  ["clusterObjects.kubectlImage", "addons.kubectlImage"],
  ["clusterObjects.api.server", "addons"],
  ["clusterObjects", "addons"],
  ["clusterObjects.manifests.10-coredns.content", "addons"],
  ["clusterObjects.manifests.user-app.content", "manifests.app.content"],
  ["clusterObjects.manifests.user-disk.secret", "manifests.disk.file"],
  ["clusterObjects.manifests.user-disk", "manifests.disk"],
  ["clusterObjects.releases.web.chart", "helmReleases.web.chart"],
  ["clusterObjects.releases", "helmReleases"],
  ["generation", "hosts.h2"],
];

for (const [path, expected] of cases)
  test(`${path} of a host comes from ${expected}`, () => {
    assert.equal(clusterPath(config, "h2", path.split(/\.(?!crt|key$)/)).join("."), expected);
  });

test("a host without a pool is led to the pools", () => {
  assert.equal(formatPath(clusterPath(config, "h9", ["kubelet", "image"])), "kubelets.image");
});
