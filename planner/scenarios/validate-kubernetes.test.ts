// Problems of the Kubernetes sections, with their places; those between parts and of objects have files of their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { threeHosts } from "#planner/testing/kubernetes-cluster.ts";
import { base, etcd, output, plane } from "#planner/testing/kubernetes-problems.ts";

/** What is wrong, the config from line 8 on, and what is printed without the file's name. */
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["nothing, in a whole cluster", base, []],
  ["nothing, with the version alone", "kubernetes: { version: 1.36.3 }\n", []],
  [
    "sections without Kubernetes' version",
    `${etcd}controlPlane: { hosts: h1 }\nkubelets: { all: { hosts: all } }\nmanifests: { a: { content: x } }\n`,
    [
      "9:1: controlPlane: the section needs a version of Kubernetes (say kubernetes: { version: … })",
      "10:1: kubelets: the section needs a version of Kubernetes (say kubernetes: { version: … })",
      "11:1: manifests: the section needs a version of Kubernetes (say kubernetes: { version: … })",
    ],
  ],
  [
    "a version that is too old",
    base.replace("1.36.3", "1.33.9"),
    [
      "8:24: kubernetes.version: Kubernetes 1.33 is older than 1.34, whose flags and documents are written here (use 1.34 to 1.38)",
    ],
  ],
  [
    "a version that is too new",
    base.replace("1.36.3", "v1.39.0-rc.1"),
    [
      "8:24: kubernetes.version: Kubernetes 1.39 is newer than 1.38 and not known to this version of flexkube (use 1.34 to 1.38)",
    ],
  ],
  [
    "a control plane without etcd",
    "kubernetes: { version: 1.36.3 }\ncontrolPlane: { hosts: h1 }\n",
    [
      "9:1: controlPlane: API servers need etcd (add the section etcd, or controlPlane.etcdServers)",
      "9:1: controlPlane.etcdServers: too small: must have >=1 items, on h1",
    ],
  ],
  [
    "somebody else's etcd without certificates for it",
    "kubernetes: { version: 1.36.3 }\ncontrolPlane: { hosts: h1, etcdServers: ['https://10.0.0.9:2379'] }\n",
    ["9:28: controlPlane.etcdServers: API servers need certificates of your own for this etcd (give pki.etcdClient)"],
  ],
  [
    "somebody else's etcd for API servers of which some are beside members of one's own",
    "kubernetes: { version: 1.36.3 }\netcd: { hosts: h1 }\ncontrolPlane: { hosts: [h1, h2], etcdServers: ['https://10.0.0.9:2379'] }\npki: { etcdClient: { ca: a, certificate: a, key: a } }\n",
    [
      "10:34: controlPlane.etcdServers: the section etcd runs on some hosts of the control plane, but not on h2: these hosts could not lock each other out (leave etcdServers out, or run the section etcd on all of them or on none)",
      "11:26: pki.etcdClient.ca: a does not exist",
    ],
  ],
  [
    "unknown hosts of control plane and kubelets",
    "kubernetes: { version: 1.36.3 }\netcd: { hosts: h1 }\ncontrolPlane: { hosts: [h1, h9], overrides: { h2: {} } }\nkubelets: { all: { hosts: hx, overrides: { h1: {} } } }\n",
    [
      "10:29: controlPlane.hosts[1]: unknown host or host group h9 (known here: h1, h2, h3, all)",
      "10:47: controlPlane.overrides.h2: h2 is not among the hosts of this section (known here: h1)",
      "11:27: kubelets.all.hosts: unknown host or host group hx (known here: h1, h2, h3, all)",
      "11:44: kubelets.all.overrides.h1: h1 is not among the hosts of this section",
    ],
  ],
  [
    "a host in two pools of kubelets",
    `${plane}kubelets: { a: { hosts: [h1, h2] }, b: { hosts: [h2, h3] } }\n`,
    ["11:49: kubelets.b.hosts: h2 is in the pool a already (a host has one kubelet)"],
  ],
  [
    "kubelets without API servers",
    "kubernetes: { version: 1.36.3 }\nkubelets: { all: { hosts: all } }\n",
    [
      "9:1: kubelets: kubelets need API servers (add the section controlPlane, or name servers in apiLoadBalancers.kubernetes)",
    ],
  ],
  [
    "a load balancer pool without hosts, but for Kubernetes' own",
    `${base}apiLoadBalancers: { kubernetes: { maxConnections: 100 }, other: { servers: {} } }\n`,
    ["12:58: apiLoadBalancers.other.hosts: required, but missing"],
  ],
  [
    "an override of Kubernetes' own pool for a host without it",
    `${plane}apiLoadBalancers: { kubernetes: { overrides: { h1: { maxConnections: 100 }, h2: {} } } }\n`,
    ["11:77: apiLoadBalancers.kubernetes.overrides.h2: h2 is not among the hosts of this section (known here: h1)"],
  ],
  [
    "networks that overlap, and hosts within them",
    `${base}network: { podCidr: 10.0.0.0/8, serviceCidr: 10.77.0.0/24 }\n`,
    [
      "5:18: hosts.h1.address: 10.77.0.11 lies in network.podCidr",
      "5:18: hosts.h1.address: 10.77.0.11 lies in network.serviceCidr",
      "6:18: hosts.h2.address: 10.77.0.12 lies in network.podCidr",
      "6:18: hosts.h2.address: 10.77.0.12 lies in network.serviceCidr",
      "7:18: hosts.h3.address: 10.77.0.13 lies in network.podCidr",
      "7:18: hosts.h3.address: 10.77.0.13 lies in network.serviceCidr",
      "12:46: network.serviceCidr: it overlaps podCidr 10.0.0.0/8",
    ],
  ],
  [
    "a network that is written with too many bits",
    `${base}network: { podCidr: 10.244.1.0/16, serviceCidr: 10.96.0.0/30 }\n`,
    [
      "12:21: network.podCidr: 10.244.1.0/16 has bits beyond its length (did you mean 10.244.0.0/16?)",
      "12:49: network.serviceCidr: it has fewer than 16 addresses",
    ],
  ],
  [
    "networks of another family than the hosts",
    `${plane}network: { podCidr: "fd00:1::/48", serviceCidr: "fd00:2::/112", nodeMask: 64 }\n`,
    ["5:18: hosts.h1.address: 10.77.0.11 is not of the family of network.podCidr (use addresses of one family)"],
  ],
  [
    "a part that is larger than the whole",
    `${base}network: { nodeMask: 12 }\n`,
    ["12:22: network.nodeMask: a node's part cannot be larger than podCidr, whose length is 16"],
  ],
  [
    "a part for hardly any pod",
    `${base}network: { nodeMask: 30 }\n`,
    ["12:22: network.nodeMask: a node's part would have fewer than 8 addresses"],
  ],
  [
    "no room for every node",
    `${base}network: { podCidr: 10.244.0.0/23 }\n`,
    [
      "12:21: network.podCidr: it has no part left for the pods of h3 (a new cluster takes a shorter podCidr or a longer nodeMask)",
    ],
  ],
  [
    "a DNS address elsewhere",
    `${base}addons: { coredns: { address: 10.97.0.10 } }\n`,
    ["12:31: addons.coredns.address: 10.97.0.10 is not in network.serviceCidr 10.96.0.0/16"],
  ],
  [
    "a DNS address that is the API's",
    `${base}addons: { coredns: { address: 10.96.0.1 } }\n`,
    ["12:31: addons.coredns.address: 10.96.0.1 is taken: the first address of serviceCidr is the API's"],
  ],
  [
    "a kubelet that is newer than the API servers",
    `${plane}kubelets: { all: { hosts: all, image: "kubelet:v1.37.0", overrides: { h2: { image: "kubelet:v1.32.1" } } } }\n`,
    [
      "11:39: kubelets.all.image: kubelet:v1.37.0 is newer than an API server of 1.36 (API servers go first)",
      "11:84: kubelets.all.overrides.h2.image: Kubernetes 1.32 is older than 1.34, whose flags and documents are written here (use 1.34 to 1.38)",
      "11:84: kubelets.all.overrides.h2.image: kubelet:v1.32.1 is more than 3 minor versions older than an API server of 1.36",
      "8:24: kubernetes.version: registry.k8s.io/kube-proxy:v1.36.3 is more than 3 minor versions from the kubelet kubelet:v1.32.1",
    ],
  ],
  [
    "API servers two versions apart, and their helpers",
    `kubernetes: { version: 1.36.3 }\n${etcd}controlPlane:\n  hosts: [h1, h2]\n  scheduler: { image: "s:v1.34.0" }\n  controllerManager: { image: "c:v1.37.0" }\n  overrides:\n    h2: { apiserver: { image: "a:v1.34.1" } }\n`,
    [
      "12:23: controlPlane.scheduler.image: s:v1.34.0 is more than 1 minor version older than an API server of 1.36",
      "13:31: controlPlane.controllerManager.image: c:v1.37.0 is newer than an API server of 1.34 (API servers go first)",
      "15:31: controlPlane.overrides.h2.apiserver.image: API servers of 1.34 and 1.36 at once (at most one minor version apart)",
      "warning: 12:23: controlPlane.scheduler.image: Kubernetes 1.34 is at its end: nobody mends it any more, and a later flexkube will not run it (split and deliver 1.35 next)",
      "warning: 15:31: controlPlane.overrides.h2.apiserver.image: Kubernetes 1.34 is at its end: nobody mends it any more, and a later flexkube will not run it (split and deliver 1.35 next)",
    ],
  ],
  [
    "a kubectl that is two versions newer, or older, than an API server",
    `${plane}addons: { kubectlImage: "kubectl:v1.38.0" }\n`,
    [
      "11:25: addons.kubectlImage: kubectl:v1.38.0 is more than 1 minor version newer than an API server of 1.36 (use kubectl 1.35 to 1.37)",
    ],
  ],
  [
    "a kubectl between API servers of two versions",
    `kubernetes: { version: 1.37.0 }\n${etcd}controlPlane:\n  hosts: [h1, h2]\n  scheduler: { image: "s:v1.36.0" }\n  controllerManager: { image: "c:v1.36.0" }\n  overrides:\n    h2: { apiserver: { image: "a:v1.36.1" } }\naddons: { kubectlImage: "kubectl:v1.35.9" }\n`,
    [
      "16:25: addons.kubectlImage: kubectl:v1.35.9 is more than 1 minor version older than an API server of 1.37 (use kubectl 1.36 to 1.37)",
    ],
  ],
  [
    "the cluster's own kubectl for API servers of another image",
    `kubernetes: { version: 1.37.0 }\n${etcd}controlPlane:\n  hosts: h1\n  apiserver: { image: "a:v1.35.1" }\n  scheduler: { image: "s:v1.35.0" }\n  controllerManager: { image: "c:v1.35.0" }\n`,
    [
      "8:24: kubernetes.version: registry.k8s.io/kubectl:v1.37.0 is more than 1 minor version newer than an API server of 1.35 (use kubectl 1.34 to 1.36)",
    ],
  ],
  ["nothing, with a kubectl one version on", `${plane}addons: { kubectlImage: "kubectl:v1.37.5" }\n`, []],
  [
    "a kubectl that tells no version",
    `${plane}addons: { kubectlImage: "kubectl@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }\n`,
    [
      "warning: 11:25: addons.kubectlImage: kubectl@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa does not tell its version, so it is not compared with the others (use a tag)",
    ],
  ],
  [
    "images that tell no version",
    `${plane}kubelets: { all: { hosts: all, image: "kubelet@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }\nnetwork: { proxy: { image: "proxy:v1.33.0" } }\n`,
    [
      "12:28: network.proxy.image: Kubernetes 1.33 is older than 1.34, whose flags and documents are written here (use 1.34 to 1.38)",
      "warning: 11:39: kubelets.all.image: kubelet@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa does not tell its version, so it is not compared with the others (use a tag)",
    ],
  ],
  [
    "flags that are gone",
    `kubernetes: { version: 1.36.3 }\n${etcd}controlPlane:\n  hosts: h1\n  apiserver: { args: { cloud-provider: external, insecure-port: "0" } }\n  controllerManager: { args: { pod-eviction-timeout: 1m } }\n  scheduler: { args: { log-dir: /x } }\nkubelets:\n  all:\n    hosts: h1\n    args: { network-plugin: cni }\n    overrides: { h1: { args: { pod-infra-container-image: p } } }\nnetwork: { proxy: { args: { udp-timeout: 1s } } }\n`,
    [
      "12:24: controlPlane.apiserver.args.cloud-provider: --cloud-provider is gone since Kubernetes 1.33 (use an external cloud controller manager)",
      "12:50: controlPlane.apiserver.args.insecure-port: --insecure-port is gone since Kubernetes 1.24 (remove it)",
      "13:32: controlPlane.controllerManager.args.pod-eviction-timeout: --pod-eviction-timeout is gone since Kubernetes 1.27 (use taints and tolerations)",
      "14:24: controlPlane.scheduler.args.log-dir: --log-dir is gone since Kubernetes 1.26 (use logging-format and v)",
      "18:13: kubelets.all.args.network-plugin: --network-plugin is gone since Kubernetes 1.24 (use the container runtime's own configuration)",
      "19:32: kubelets.all.overrides.h1.args.pod-infra-container-image: --pod-infra-container-image is gone since Kubernetes 1.35 (use the container runtime's own configuration)",
      "20:29: network.proxy.args.udp-timeout: --udp-timeout is gone since Kubernetes 1.26 (remove it)",
    ],
  ],
  [
    "a flag that is gone only later",
    base.replace("1.36.3", "1.34.2").replace("hosts: all }", "hosts: all, args: { pod-infra-container-image: p } }"),
    [
      "warning: 8:24: kubernetes.version: Kubernetes 1.34 is at its end: nobody mends it any more, and a later flexkube will not run it (split and deliver 1.35 next)",
    ],
  ],
  [
    "flags and fields that follow from others",
    `kubernetes: { version: 1.36.3 }\n${etcd}controlPlane:\n  hosts: h1\n  apiserver: { args: { secure-port: "1", oidc-issuer-url: x, tls-cert-file: x } }\n  overrides: { h1: { controllerManager: { args: { node-cidr-mask-size-ipv4: "25" } } } }\nkubelets:\n  all: { hosts: h1, args: { node-labels: a=b }, config: { authentication: { x509: { clientCAFile: x } }, clusterDNS: [] } }\nnetwork: { proxy: { config: { mode: iptables } } }\n`,
    [
      "12:24: controlPlane.apiserver.args.secure-port: --secure-port is set by flexkube (use controlPlane.port)",
      "12:42: controlPlane.apiserver.args.oidc-issuer-url: --oidc-issuer-url is set by flexkube (use apiserver.authentication)",
      "12:62: controlPlane.apiserver.args.tls-cert-file: --tls-cert-file is set by flexkube (certificates and keys come from pki/)",
      "13:51: controlPlane.overrides.h1.controllerManager.args.node-cidr-mask-size-ipv4: --node-cidr-mask-size-ipv4 is set by flexkube (use network.nodeMask)",
      "15:29: kubelets.all.args.node-labels: --node-labels is set by flexkube (use labels)",
      "15:85: kubelets.all.config.authentication.x509.clientCAFile: authentication.x509.clientCAFile is set by flexkube (certificates and keys come from pki/)",
      "15:106: kubelets.all.config.clusterDNS: clusterDNS is set by flexkube (use addons.coredns.address)",
      "16:31: network.proxy.config.mode: mode is set by flexkube (use network.proxy.mode)",
    ],
  ],
  [
    "labels, annotations and taints that no node can have",
    `${plane}kubelets:\n  all:\n    hosts: all\n    labels: { "a b": x, ok: "x y", kubernetes.io/os: linux }\n    annotations: { flexkube.io/managed: x }\n    taints: [{ key: a/b/c, effect: NoSchedule }, { key: a, value: "-", effect: NoSchedule }]\n`,
    [
      '14:15: kubelets.all.labels["a b"]: not a name of Kubernetes: a b, on h1, h2, h3 (a name of at most 63 letters, digits, -, _ and ., after an optional domain and /)',
      "14:29: kubelets.all.labels.ok: not a value of Kubernetes: x y, on h1, h2, h3 (at most 63 letters, digits, -, _ and .)",
      '14:36: kubelets.all.labels["kubernetes.io/os"]: the kubelet sets kubernetes.io/os itself',
      '15:20: kubelets.all.annotations["flexkube.io/managed"]: flexkube keeps its own notes under this annotation, on h1, h2, h3',
      "16:16: kubelets.all.taints[0].key: not a name of Kubernetes: a/b/c, on h1, h2, h3 (a name of at most 63 letters, digits, -, _ and ., after an optional domain and /)",
      "16:67: kubelets.all.taints[1].value: not a value of Kubernetes: -, on h1, h2, h3 (at most 63 letters, digits, -, _ and .)",
    ],
  ],
];

for (const [what, config, expected] of cases)
  test(`${what}: told with line and column`, async () => {
    assert.deepEqual((await output(config)).toSorted(), expected.toSorted());
  });

test("an IPv6 network is cut by the controller manager into parts that are not too many", async () => {
  const machine =
    fakeMachine(`${threeHosts.replace(/ {2}h2.*\n {2}h3.*\n/, "").replace("10.77.0.11", "fd00:77::1")}${plane}network: { plugin: none, podCidr: "fd00:1::/40", serviceCidr: "fd00:2::/112", nodeMask: 64 }
`);

  const { stderr } = await machine.run("validate");

  assert.equal(
    stderr,
    "cluster.yaml:9:89: network.nodeMask: the controller manager cuts podCidr into parts that are at most 16 bits longer\n",
  );
});
