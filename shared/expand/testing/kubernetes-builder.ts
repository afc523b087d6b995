// Kubernetes components of a host config for tests, and the secrets they name.
import type { RunningSection } from "#shared/components/component-table.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import { etcdMember, etcdSecrets } from "./etcd-member-builder.ts";
import type { HostConfigInput } from "./host-config-builder.ts";
import { loadBalancer } from "./load-balancer-builder.ts";
import { testCa, testPeerCertificate, testServerCertificate } from "./test-certificates.ts";

type Section<Name extends keyof HostConfigInput> = NonNullable<HostConfigInput[Name]>;

const server = "https://127.0.0.1:7443";

function access(name: string): Section<"kubeProxy">["api"] {
  return { server, certificate: `kubernetes/${name}.crt`, key: `kubernetes/${name}.key` };
}

/** An API server on 0.0.0.0:6443 without documents, as people write it. */
export function kubeApiserver(overrides: Partial<Section<"kubeApiserver">> = {}): Section<"kubeApiserver"> {
  return {
    image: "kube-apiserver:v1.36.3",
    etcdServers: ["https://10.77.0.11:2379", "https://10.77.0.12:2379"],
    ...overrides,
  };
}

export function kubeControllerManager(
  overrides: Partial<Section<"kubeControllerManager">> = {},
): Section<"kubeControllerManager"> {
  return { image: "kube-controller-manager:v1.36.3", api: access("controller-manager"), ...overrides };
}

export function kubeScheduler(overrides: Partial<Section<"kubeScheduler">> = {}): Section<"kubeScheduler"> {
  return {
    image: "kube-scheduler:v1.36.3",
    api: access("scheduler"),
    config: { apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" },
    ...overrides,
  };
}

/** Node `h1`; its runtime and control groups are for the host's facts to say. */
export function kubelet(overrides: Partial<Section<"kubelet">> = {}): Section<"kubelet"> {
  return {
    image: "kubelet:v1.36.3",
    node: "h1",
    address: "10.77.0.11",
    api: access("kubelet-client"),
    config: { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", address: "10.77.0.11" },
    ...overrides,
  };
}

export function kubeProxy(overrides: Partial<Section<"kubeProxy">> = {}): Section<"kubeProxy"> {
  return {
    image: "kube-proxy:v1.36.3",
    api: access("kube-proxy"),
    config: { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration" },
    ...overrides,
  };
}

/** The network of node `h1`, with two others. */
export function podNetwork(overrides: Partial<Section<"podNetwork">> = {}): Section<"podNetwork"> {
  return {
    pluginsImage: "cni-plugins:1",
    image: "pod-network:1",
    podCidr: "10.244.1.0/24",
    clusterCidr: "10.244.0.0/16",
    routes: {
      h3: { address: "10.77.0.13", podCidr: "10.244.3.0/24" },
      h2: { address: "10.77.0.12", podCidr: "10.244.2.0/24" },
    },
    ...overrides,
  };
}

/** Documents and secrets of an API server that it may do without. */
export const apiserverDocuments = {
  authentication: { apiVersion: "apiserver.config.k8s.io/v1", kind: "AuthenticationConfiguration", jwt: [] },
  admission: { apiVersion: "apiserver.config.k8s.io/v1", kind: "AdmissionConfiguration", plugins: [] },
  auditPolicy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] },
  encryption: "kubernetes/encryption.yaml",
} as const satisfies Partial<Section<"kubeApiserver">>;

/** Sections with containers of programs that flexkube knows. */
export type OwnSection = Exclude<RunningSection, "containers">;

/**
 * A host that runs every component, as the type holds, each with every file it may have. Its secrets are
 * `kubernetesSecrets()`.
 */
export function wholeHost(): { [Name in OwnSection]: Section<Name> } {
  return {
    etcd: etcdMember(),
    apiLoadBalancers: { all: loadBalancer({ ca: "kubernetes/ca.crt" }) },
    kubeApiserver: kubeApiserver(apiserverDocuments),
    kubeControllerManager: kubeControllerManager(),
    kubeScheduler: kubeScheduler(),
    podNetwork: podNetwork(),
    kubelet: kubelet({ registration: { taints: [{ key: "db", effect: "NoSchedule" }] } }),
    kubeProxy: kubeProxy(),
  };
}

/** Facts of a host with containerd's CRI on control groups of version 2. */
export function hostFacts(overrides: HostFacts = {}): HostFacts {
  return { cri: "containerd", cgroupDriver: "systemd", cgroupVersion: 2, ...overrides };
}

const privateKeys = [
  "apiserver",
  "apiserver-etcd-client",
  "apiserver-kubelet-client",
  "ca",
  "controller-manager",
  "front-proxy-client",
  "kube-proxy",
  "kubelet-client",
  "kubelet-serving",
  "scheduler",
  "service-account",
];
const leaves = privateKeys.filter((name) => name !== "ca" && name !== "service-account");

/** Every secret that these components name by default, and etcd's. The keys are no keys. */
export function kubernetesSecrets(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    ...etcdSecrets(),
    "kubernetes/ca.crt": testCa,
    "kubernetes/front-proxy-ca.crt": testCa,
    "kubernetes/service-account.pub": "public key of service accounts\n",
    "kubernetes/encryption.yaml": "key of secrets at rest\n",
    ...Object.fromEntries(leaves.map((name) => [`kubernetes/${name}.crt`, testServerCertificate])),
    ...Object.fromEntries(privateKeys.map((name) => [`kubernetes/${name}.key`, `key of ${name}\n`])),
    "kubernetes/kubelet-client.crt": testPeerCertificate,
    ...overrides,
  };
}

/** Names of those secrets that nobody else may see. */
export const privateSecrets: readonly string[] = [
  ...privateKeys.map((name) => `kubernetes/${name}.key`),
  "kubernetes/encryption.yaml",
  "etcd/server.key",
  "etcd/peer.key",
];
