// Problems between components of Kubernetes and what else is on a host, with their places.
import assert from "node:assert/strict";
import { test } from "node:test";
import { base, output } from "#planner/testing/kubernetes-problems.ts";

/** What is wrong, the config from line 8 on, and what is printed without the file's name. */
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "ports of a host that two components want",
    `${base}containers:\n aa: { hosts: h2, image: i, ports: [{ hostPort: 10250, containerPort: 1 }] }\n bb: { hosts: h1, image: i, ports: [{ hostPort: 10257, containerPort: 1, address: 127.0.0.1 }] }\nagent: { listen: { port: 10249 } }\n`,
    [
      "13:49: containers.aa.ports[0].hostPort: tcp port 10250 is taken by kubelet.config.port, on h2 (give one of the two another port)",
      "14:49: containers.bb.ports[0].hostPort: tcp port 10257 is taken by kubeControllerManager.bind.port, on h1 (give one of the two another port)",
      "15:26: agent.listen.port: tcp port 10249 is taken by kubeProxy.config.metricsBindAddress, on h1, h2, h3 (give one of the two another port)",
    ],
  ],
  [
    "a port of the API servers that their load balancer has",
    `${base}apiLoadBalancers: { kubernetes: { bind: { address: 0.0.0.0, port: 6443 } } }\n`,
    [
      "10:1: controlPlane.port: tcp port 6443 is taken by apiLoadBalancers.kubernetes.bind.port, on h1 (give one of the two another port)",
    ],
  ],
  [
    "containers with the names of components",
    `${base}containers:\n  kubelet: { hosts: h1, image: i }\n  cni-plugins: { hosts: h2, image: i }\n`,
    [
      "13:3: containers.kubelet: the container name kubelet is taken by kubelet, on h1 (choose another name)",
      "14:3: containers.cni-plugins: the container name cni-plugins is taken by podNetwork, on h2 (choose another name)",
    ],
  ],
  [
    "files in the data of components",
    `${base}containers:\n aa: { hosts: h1, image: i, files: [{ path: /var/lib/kubelet/x, content: '' }, { path: /var/log/kube-apiserver/x, content: '' }] }\n`,
    [
      "13:45: containers.aa.files[0].path: /var/lib/kubelet holds the kubelet's data, on h1 (choose another directory)",
      "13:88: containers.aa.files[1].path: /var/log/kube-apiserver holds the audit log, on h1 (choose another directory)",
    ],
  ],
];

for (const [what, config, expected] of cases)
  test(`${what}: told with line and column`, async () => {
    assert.deepEqual((await output(config)).toSorted(), expected.toSorted());
  });
