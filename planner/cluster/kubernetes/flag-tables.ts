// Flags that `args` must not hold: those that the programs no longer know, and those that follow from other fields.
// A Kubernetes program ends at once when it meets a flag that it does not know.

export type Program = "apiserver" | "controllerManager" | "scheduler" | "kubelet" | "proxy";

type Dead = { readonly since: number; readonly instead?: string };

const klog =
  "add_dir_header alsologtostderr log_backtrace_at log_dir log_file log_file_max_size logtostderr one_output skip_headers skip_log_headers stderrthreshold"
    .split(" ")
    .map((flag) => [flag.replaceAll("_", "-"), { since: 26, instead: "logging-format and v" }] as const);

/**
 * Flag → the minor version of Kubernetes since which it is fatal. From the release notes ("Deprecation" and "API Change" of
 * CHANGELOG-1.<minor>.md). That each is fatal to the programs of 1.37 is tested (`flag-tables.kubernetes.test.ts`).
 */
export const deadFlags: Readonly<Record<Program, ReadonlyMap<string, Dead>>> = {
  apiserver: new Map<string, Dead>([
    ...klog,
    ["address", { since: 24 }],
    ["basic-auth-file", { since: 19, instead: "apiserver.authentication" }],
    ["cloud-config", { since: 33, instead: "an external cloud controller manager" }],
    ["cloud-provider", { since: 33, instead: "an external cloud controller manager" }],
    ["experimental-encryption-provider-config", { since: 14, instead: "controlPlane.encryption" }],
    ["insecure-bind-address", { since: 24 }],
    ["insecure-port", { since: 24 }],
    ["kubelet-https", { since: 22 }],
    ["master-count", { since: 28 }],
    ["master-service-namespace", { since: 27 }],
    ["port", { since: 24, instead: "controlPlane.port" }],
    ["service-account-api-audiences", { since: 13, instead: "api-audiences" }],
  ]),
  controllerManager: new Map<string, Dead>([
    ...klog,
    ["address", { since: 24, instead: "controllerManager.bind" }],
    ["deleting-pods-burst", { since: 25 }],
    ["deleting-pods-qps", { since: 25 }],
    ["enable-taint-manager", { since: 27, instead: "taints and tolerations" }],
    ["experimental-cluster-signing-duration", { since: 25, instead: "cluster-signing-duration" }],
    ["horizontal-pod-autoscaler-upscale-delay", { since: 25 }],
    ["lock-object-name", { since: 24, instead: "leader-elect-resource-name" }],
    ["lock-object-namespace", { since: 24, instead: "leader-elect-resource-namespace" }],
    ["pod-eviction-timeout", { since: 27, instead: "taints and tolerations" }],
    ["port", { since: 24, instead: "controllerManager.bind" }],
    ["register-retry-count", { since: 25 }],
    ["volume-host-allow-local-loopback", { since: 31 }],
    ["volume-host-cidr-denylist", { since: 31 }],
  ]),
  scheduler: new Map<string, Dead>([
    ...klog,
    ["address", { since: 24, instead: "scheduler.bind" }],
    ["algorithm-provider", { since: 23, instead: "scheduler.config" }],
    ["lock-object-name", { since: 24, instead: "scheduler.config" }],
    ["lock-object-namespace", { since: 24, instead: "scheduler.config" }],
    ["policy-config-file", { since: 23, instead: "scheduler.config" }],
    ["policy-configmap", { since: 23, instead: "scheduler.config" }],
    ["policy-configmap-namespace", { since: 23, instead: "scheduler.config" }],
    ["port", { since: 24, instead: "scheduler.bind" }],
    ["use-legacy-policy-config", { since: 23, instead: "scheduler.config" }],
  ]),
  kubelet: new Map<string, Dead>([
    ...klog,
    ["cloud-config", { since: 31 }],
    ["cni-bin-dir", { since: 24, instead: "the container runtime's own configuration" }],
    ["cni-cache-dir", { since: 24, instead: "the container runtime's own configuration" }],
    ["cni-conf-dir", { since: 24, instead: "the container runtime's own configuration" }],
    ["container-runtime", { since: 27, instead: "cri" }],
    ["docker-endpoint", { since: 24, instead: "cri" }],
    ["dynamic-config-dir", { since: 24, instead: "config" }],
    ["image-pull-progress-deadline", { since: 24 }],
    ["keep-terminated-pod-volumes", { since: 35 }],
    ["master-service-namespace", { since: 27 }],
    ["network-plugin", { since: 24, instead: "the container runtime's own configuration" }],
    ["network-plugin-mtu", { since: 24, instead: "network.bridge.mtu" }],
    ["non-masquerade-cidr", { since: 24 }],
    ["pod-infra-container-image", { since: 35, instead: "the container runtime's own configuration" }],
  ]),
  proxy: new Map<string, Dead>([...klog, ["port", { since: 26 }], ["udp-timeout", { since: 26 }]]),
};

const pki = "certificates and keys come from pki/";
const own = "flexkube chooses it";
const ends = "with it the program ends at once, and is started for ever";

/** Flag → the field that it follows from, or why there is none. Flags that begin with a key ending in `*` are meant too. */
export const ownedFlags: Readonly<Record<Program, Readonly<Record<string, string>>>> = {
  apiserver: {
    "admission-control-config-file": "use apiserver.admission",
    "anonymous-auth": "use apiserver.authentication",
    "audit-log-path": "use controlPlane.audit.directory",
    "audit-policy-file": "use controlPlane.audit.policy",
    "authentication-config": "use apiserver.authentication",
    "authorization-config": "use authorization-mode",
    "bind-address": own,
    "client-ca-file": pki,
    "encryption-provider-config": "use controlPlane.encryption",
    "etcd-cafile": "use pki.etcdClient",
    "etcd-certfile": "use pki.etcdClient",
    "etcd-keyfile": "use pki.etcdClient",
    "etcd-servers": "use controlPlane.etcdServers",
    "kubelet-certificate-authority": pki,
    "kubelet-client-certificate": pki,
    "kubelet-client-key": pki,
    "oidc-*": "use apiserver.authentication",
    "proxy-client-cert-file": pki,
    "proxy-client-key-file": pki,
    "requestheader-client-ca-file": pki,
    "secure-port": "use controlPlane.port",
    "service-account-issuer": "use controlPlane.serviceAccountIssuer",
    "service-account-key-file": pki,
    "service-account-signing-key-file": pki,
    "service-cluster-ip-range": "use network.serviceCidr",
    "tls-cert-file": pki,
    "tls-private-key-file": pki,
  },
  controllerManager: {
    "allocate-node-cidrs": "use network.plugin",
    "authentication-kubeconfig": own,
    "authorization-kubeconfig": own,
    "bind-address": "use controllerManager.bind",
    "client-ca-file": pki,
    "cluster-cidr": "use network.podCidr",
    "cluster-signing-cert-file": pki,
    "cluster-signing-key-file": pki,
    "cluster-signing-kube-apiserver-client-*": pki,
    "cluster-signing-kubelet-client-*": pki,
    "cluster-signing-kubelet-serving-*": pki,
    "cluster-signing-legacy-unknown-*": pki,
    kubeconfig: own,
    master: own,
    "node-cidr-mask-size*": "use network.nodeMask",
    "requestheader-client-ca-file": pki,
    "root-ca-file": pki,
    "secure-port": "use controllerManager.bind",
    "service-account-private-key-file": pki,
    "service-cluster-ip-range": "use network.serviceCidr",
  },
  scheduler: {
    "authentication-kubeconfig": own,
    "authorization-kubeconfig": own,
    "bind-address": "use scheduler.bind",
    config: "use scheduler.config",
    kubeconfig: own,
    "leader-elect*": "use scheduler.config.leaderElection",
    master: own,
    profiling: "use scheduler.config.enableProfiling",
    "secure-port": "use scheduler.bind",
    "write-config-to": ends,
  },
  kubelet: {
    "bootstrap-kubeconfig": own,
    "cert-dir": "use dataDirectory",
    "cgroup-driver": "use cgroupDriver",
    "client-ca-file": pki,
    "cluster-dns": "use addons.coredns.address",
    "cluster-domain": "use network.dnsDomain",
    config: "use config",
    "config-dir": "use config",
    "container-runtime-endpoint": "use cri or criSocket",
    "healthz-bind-address": "use config.healthzBindAddress",
    "healthz-port": "use config.healthzPort",
    "hostname-override": "a node has its host's name",
    kubeconfig: own,
    "node-ip": "use the host's address",
    "node-labels": "use labels",
    "register-with-taints": "use taints",
    "root-dir": "use dataDirectory",
    "tls-cert-file": pki,
    "tls-private-key-file": pki,
  },
  proxy: {
    cleanup: ends,
    "cluster-cidr": "use network.podCidr",
    config: "use network.proxy.config",
    "healthz-bind-address": "use network.proxy.healthPort",
    "healthz-port": "use network.proxy.healthPort",
    "hostname-override": "a node has its host's name",
    "init-only": ends,
    kubeconfig: own,
    master: own,
    "metrics-bind-address": "use network.proxy.config.metricsBindAddress",
    "metrics-port": "use network.proxy.config.metricsBindAddress",
    "proxy-mode": "use network.proxy.mode",
    "write-config-to": ends,
  },
};

/** What to use instead of the flag; undefined for one that is free. */
export function ownerOfFlag(program: Program, flag: string): string | undefined {
  const owned = ownedFlags[program];
  const pattern = Object.keys(owned).find((each) =>
    each.endsWith("*") ? flag.startsWith(each.slice(0, -1)) : flag === each,
  );
  return pattern === undefined ? undefined : owned[pattern];
}

/** Fields of configuration documents that follow from other fields, dots between their parts. */
export const ownedDocumentFields: Readonly<Partial<Record<Program, Readonly<Record<string, string>>>>> = {
  scheduler: { "clientConnection.kubeconfig": own },
  kubelet: {
    "authentication.x509.clientCAFile": pki,
    cgroupDriver: "use cgroupDriver",
    clusterDNS: "use addons.coredns.address",
    clusterDomain: "use network.dnsDomain",
    containerRuntimeEndpoint: "use cri or criSocket",
    registerWithTaints: "use taints",
    tlsCertFile: pki,
    tlsPrivateKeyFile: pki,
  },
  proxy: {
    "clientConnection.kubeconfig": own,
    clusterCIDR: "use network.podCidr",
    healthzBindAddress: "use network.proxy.healthPort",
    hostnameOverride: "a node has its host's name",
    mode: "use network.proxy.mode",
  },
};
