// Checks of the CIS Kubernetes Benchmark v1.12 about what programs are told (its sections 1.2 to 4.3), by its numbers.
import { cipherSuites } from "#planner/cluster/kubernetes/cipher-suites.ts";
import type { CisCheck, CisProgram, Expected } from "./cis-check.ts";

function flag(of: CisProgram, flags: string, value: Expected): Pick<CisCheck, "look"> {
  return { look: { of, flags: flags.split(" "), value } };
}

/** A field of the kubelet's document that a flag may say as well. */
function kubelet(flags: string, field: string, value: Expected): Pick<CisCheck, "look"> {
  return { look: { of: "kubelet", flags: flags.split(" "), field, value } };
}

const api = "kube-apiserver";
const automated = true;
const plugins = "enable-admission-plugins";

const apiServer: readonly CisCheck[] = [
  {
    id: "1.2.1",
    title: "no callers without a name",
    reason: "the authentication document lets them ask for the server's health and for nothing else",
  },
  { id: "1.2.2", title: "no file of tokens", automated, ...flag(api, "token-auth-file", "unset") },
  {
    id: "1.2.3",
    title: "Services take no foreign addresses",
    ...flag(api, plugins, { has: "DenyServiceExternalIPs" }),
  },
  {
    id: "1.2.4",
    title: "kubelets know the caller",
    automated,
    ...flag(api, "kubelet-client-certificate kubelet-client-key", "set"),
  },
  { id: "1.2.5", title: "kubelets are known", automated, ...flag(api, "kubelet-certificate-authority", "set") },
  {
    id: "1.2.6",
    title: "not everything is allowed",
    automated,
    ...flag(api, "authorization-mode", { lacks: "AlwaysAllow" }),
  },
  { id: "1.2.7", title: "kubelets see what is theirs", automated, ...flag(api, "authorization-mode", { has: "Node" }) },
  { id: "1.2.8", title: "rules by roles", automated, ...flag(api, "authorization-mode", { has: "RBAC" }) },
  { id: "1.2.9", title: "a limit of events", ...flag(api, plugins, { has: "EventRateLimit" }) },
  { id: "1.2.10", title: "admission may refuse", automated, ...flag(api, plugins, { lacks: "AlwaysAdmit" }) },
  {
    id: "1.2.11",
    title: "images are pulled anew for each pod",
    reason: "a node without a network could then start no pod; who wants it adds AlwaysPullImages",
  },
  {
    id: "1.2.12",
    title: "pods have service accounts",
    automated,
    ...flag(api, "disable-admission-plugins", { lacks: "ServiceAccount" }),
  },
  {
    id: "1.2.13",
    title: "nothing is made in namespaces that end",
    automated,
    ...flag(api, "disable-admission-plugins", { lacks: "NamespaceLifecycle" }),
  },
  {
    id: "1.2.14",
    title: "kubelets change what is theirs",
    automated,
    ...flag(api, plugins, { has: "NodeRestriction" }),
  },
  { id: "1.2.15", title: "no profiling", automated, ...flag(api, "profiling", { is: "false" }) },
  { id: "1.2.16", title: "an audit log", automated, ...flag(api, "audit-log-path", "set") },
  { id: "1.2.17", title: "audit log: 30 days or more", automated, ...flag(api, "audit-log-maxage", { atLeast: 30 }) },
  {
    id: "1.2.18",
    title: "audit log: 10 files or more",
    automated,
    ...flag(api, "audit-log-maxbackup", { atLeast: 10 }),
  },
  { id: "1.2.19", title: "audit log: 100 MB or more", automated, ...flag(api, "audit-log-maxsize", { atLeast: 100 }) },
  { id: "1.2.20", title: "a limit of a request's time", ...flag(api, "request-timeout", { notOrUnset: "0" }) },
  {
    id: "1.2.21",
    title: "tokens of accounts that are gone end",
    automated,
    ...flag(api, "service-account-lookup", { isOrUnset: "true" }),
  },
  { id: "1.2.22", title: "keys of tokens of its own", automated, ...flag(api, "service-account-key-file", "set") },
  { id: "1.2.23", title: "etcd knows the caller", automated, ...flag(api, "etcd-certfile etcd-keyfile", "set") },
  { id: "1.2.24", title: "it serves TLS", automated, ...flag(api, "tls-cert-file tls-private-key-file", "set") },
  { id: "1.2.25", title: "clients by certificates", automated, ...flag(api, "client-ca-file", "set") },
  { id: "1.2.26", title: "etcd is known", automated, ...flag(api, "etcd-cafile", "set") },
  { id: "1.2.27", title: "encryption at rest", ...flag(api, "encryption-provider-config", "set") },
  {
    id: "1.2.28",
    title: "encryption that is authenticated",
    reason: "the document encrypts by secretbox; it is a secret, which no check prints",
  },
  { id: "1.2.29", title: "strong ciphers", ...flag(api, "tls-cipher-suites", { only: cipherSuites }) },
  {
    id: "1.2.30",
    title: "tokens of pods end after an hour",
    automated,
    ...flag(api, "service-account-extend-token-expiration", { is: "false" }),
  },
];

const manager = "kube-controller-manager";

const controllers: readonly CisCheck[] = [
  { id: "1.3.1", title: "ended pods are collected", ...flag(manager, "terminated-pod-gc-threshold", "set") },
  { id: "1.3.2", title: "no profiling", automated, ...flag(manager, "profiling", { is: "false" }) },
  {
    id: "1.3.3",
    title: "an account for each controller",
    automated,
    ...flag(manager, "use-service-account-credentials", { is: "true" }),
  },
  {
    id: "1.3.4",
    title: "tokens by a key of its own",
    automated,
    ...flag(manager, "service-account-private-key-file", "set"),
  },
  { id: "1.3.5", title: "pods know the API server", automated, ...flag(manager, "root-ca-file", "set") },
  {
    id: "1.3.6",
    title: "kubelets' serving certificates are renewed",
    automated,
    ...flag(manager, "feature-gates", { lacks: "RotateKubeletServerCertificate=false" }),
  },
  {
    id: "1.3.7",
    title: "it listens to its host alone",
    automated,
    ...flag(manager, "bind-address", { is: "127.0.0.1" }),
  },
  { id: "1.4.1", title: "no profiling", automated, ...flag("kube-scheduler", "profiling", { is: "false" }) },
  {
    id: "1.4.1",
    title: "no profiling, by the document that counts",
    automated,
    look: { of: "kube-scheduler", field: "enableProfiling", value: { is: "false" } },
  },
  {
    id: "1.4.2",
    title: "it listens to its host alone",
    automated,
    ...flag("kube-scheduler", "bind-address", { is: "127.0.0.1" }),
  },
];

const etcd: readonly CisCheck[] = [
  { id: "2.1", title: "it serves TLS", automated, ...flag("etcd", "cert-file key-file", "set") },
  { id: "2.2", title: "clients by certificates", automated, ...flag("etcd", "client-cert-auth", { is: "true" }) },
  {
    id: "2.3",
    title: "no certificates of its own making",
    automated,
    ...flag("etcd", "auto-tls", { isOrUnset: "false" }),
  },
  { id: "2.4", title: "peers speak TLS", automated, ...flag("etcd", "peer-cert-file peer-key-file", "set") },
  { id: "2.5", title: "peers by certificates", automated, ...flag("etcd", "peer-client-cert-auth", { is: "true" }) },
  {
    id: "2.6",
    title: "no certificates of its own making for peers",
    automated,
    ...flag("etcd", "peer-auto-tls", { isOrUnset: "false" }),
  },
  { id: "2.7", title: "a CA of its own", ...flag("etcd", "trusted-ca-file", "set") },
];

const people: readonly CisCheck[] = [
  {
    id: "3.1.1",
    title: "people do not come by certificates",
    reason: "flexkube-planner kubeconfig makes them, for 30 days; OIDC comes by controlPlane.apiserver.authentication",
  },
  {
    id: "3.1.2",
    title: "people do not come by tokens of service accounts",
    reason: "nothing here makes such tokens for people",
  },
  { id: "3.1.3", title: "people do not come by bootstrap tokens", reason: "there are none" },
  { id: "3.2.1", title: "an audit policy", ...flag(api, "audit-policy-file", "set") },
  {
    id: "3.2.2",
    title: "the audit policy covers what matters",
    reason: "metadata of all but health checks and what the cluster's own programs write of events and leases",
  },
];

const nodes: readonly CisCheck[] = [
  {
    id: "4.2.1",
    title: "no callers without a name",
    automated,
    ...kubelet("anonymous-auth", "authentication.anonymous.enabled", { is: "false" }),
  },
  {
    id: "4.2.2",
    title: "not everything is allowed",
    automated,
    ...kubelet("authorization-mode", "authorization.mode", { is: "Webhook" }),
  },
  {
    id: "4.2.3",
    title: "clients by certificates",
    automated,
    ...kubelet("client-ca-file", "authentication.x509.clientCAFile", "set"),
  },
  { id: "4.2.4", title: "no port without TLS", ...kubelet("read-only-port", "readOnlyPort", { isOrUnset: "0" }) },
  {
    id: "4.2.5",
    title: "idle connections end",
    ...kubelet("streaming-connection-idle-timeout", "streamingConnectionIdleTimeout", { notOrUnset: "0" }),
  },
  {
    id: "4.2.6",
    title: "packet filter chains are made",
    automated,
    ...kubelet("make-iptables-util-chains", "makeIPTablesUtilChains", { isOrUnset: "true" }),
  },
  {
    id: "4.2.7",
    title: "the node has its host's name",
    reason: "it is given the name that the cluster config gives its host, which its certificate has",
  },
  { id: "4.2.8", title: "events are told", ...kubelet("event-qps", "eventRecordQPS", { notOrUnset: "-1" }) },
  {
    id: "4.2.9",
    title: "it serves TLS",
    look: { of: "kubelet", field: "tlsCertFile", value: "set" },
  },
  {
    id: "4.2.10",
    title: "its client certificate is renewed",
    automated,
    ...kubelet("rotate-certificates", "rotateCertificates", { isOrUnset: "true" }),
  },
  {
    id: "4.2.11",
    title: "its serving certificate is renewed",
    reason: "the planner renews it",
    ...kubelet("feature-gates", "featureGates.RotateKubeletServerCertificate", { notOrUnset: "false" }),
  },
  { id: "4.2.12", title: "strong ciphers", ...kubelet("tls-cipher-suites", "tlsCipherSuites", { only: cipherSuites }) },
  { id: "4.2.13", title: "a limit of a pod's processes", ...kubelet("pod-max-pids", "podPidsLimit", { atLeast: 1 }) },
  { id: "4.2.14", title: "system calls are filtered", ...kubelet("seccomp-default", "seccompDefault", { is: "true" }) },
  {
    id: "4.3.1",
    title: "the proxy's metrics are its host's alone",
    automated,
    look: {
      of: "kube-proxy",
      flags: ["metrics-bind-address"],
      field: "metricsBindAddress",
      value: { begins: "127.0.0.1:" },
    },
  },
];

export const cisSettingChecks: readonly CisCheck[] = [...apiServer, ...controllers, ...etcd, ...people, ...nodes];
