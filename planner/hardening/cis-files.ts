// Checks of the CIS Kubernetes Benchmark v1.12 about files on hosts (its sections 1.1 and 4.1), by its numbers.
import type { CisCheck, CisProgram, ExpectedFiles } from "./cis-check.ts";

const notRoot =
  "the benchmark expects root; the program runs as a user of its own, which must read the file and which nothing else on the host has";
const noManifests = "no static pods: the agent starts containers, and no such file is written";

function files(of: CisProgram, path: RegExp, are: ExpectedFiles): Pick<CisCheck, "look"> {
  return { look: { of, files: path, are } };
}

const manifests = (of: CisProgram): Pick<CisCheck, "look" | "reason"> => ({
  ...files(of, /^\/etc\/kubernetes\/manifests\//, "none"),
  reason: noManifests,
});

const confs = /\/kubeconfig$/;
const documents = /\/config\.json$/;
const keyMaterial = /\.(crt|key|pub)$/;

/** Of the control plane's hosts. */
const controlPlane: readonly CisCheck[] = [
  { id: "1.1.1", title: "API server's static pod: mode", automated: true, ...manifests("kube-apiserver") },
  { id: "1.1.2", title: "API server's static pod: owner", automated: true, ...manifests("kube-apiserver") },
  {
    id: "1.1.3",
    title: "controller manager's static pod: mode",
    automated: true,
    ...manifests("kube-controller-manager"),
  },
  {
    id: "1.1.4",
    title: "controller manager's static pod: owner",
    automated: true,
    ...manifests("kube-controller-manager"),
  },
  { id: "1.1.5", title: "scheduler's static pod: mode", automated: true, ...manifests("kube-scheduler") },
  { id: "1.1.6", title: "scheduler's static pod: owner", automated: true, ...manifests("kube-scheduler") },
  { id: "1.1.7", title: "etcd's static pod: mode", automated: true, ...manifests("etcd") },
  { id: "1.1.8", title: "etcd's static pod: owner", automated: true, ...manifests("etcd") },
  { id: "1.1.9", title: "network configuration: mode", ...files("pod-network", /\.conflist$/, { mode: 0o600 }) },
  { id: "1.1.10", title: "network configuration: owner", ...files("pod-network", /\.conflist$/, { owner: "root" }) },
  {
    id: "1.1.11",
    title: "etcd's data: mode",
    automated: true,
    ...files("etcd", /^\/var\/lib\/etcd$/, { mode: 0o700 }),
  },
  {
    id: "1.1.12",
    title: "etcd's data: owner",
    automated: true,
    ...files("etcd", /^\/var\/lib\/etcd$/, { owner: "own" }),
    reason: "the benchmark expects a user named etcd; ours has a number and no name on the host",
  },
  {
    id: "1.1.13",
    title: "administrator's kubeconfig: mode",
    automated: true,
    ...files("kube-apiserver", /admin\.conf$/, "none"),
    reason: "no host has one: flexkube-planner kubeconfig makes it where the operator works",
  },
  {
    id: "1.1.14",
    title: "administrator's kubeconfig: owner",
    automated: true,
    ...files("kube-apiserver", /admin\.conf$/, "none"),
    reason: "no host has one: flexkube-planner kubeconfig makes it where the operator works",
  },
  {
    id: "1.1.15",
    title: "scheduler's kubeconfig: mode",
    automated: true,
    ...files("kube-scheduler", confs, { mode: 0o600 }),
  },
  {
    id: "1.1.16",
    title: "scheduler's kubeconfig: owner",
    automated: true,
    ...files("kube-scheduler", confs, { owner: "own" }),
    reason: notRoot,
  },
  {
    id: "1.1.17",
    title: "controller manager's kubeconfig: mode",
    automated: true,
    ...files("kube-controller-manager", confs, { mode: 0o600 }),
  },
  {
    id: "1.1.18",
    title: "controller manager's kubeconfig: owner",
    automated: true,
    ...files("kube-controller-manager", confs, { owner: "own" }),
    reason: notRoot,
  },
  {
    id: "1.1.19",
    title: "keys and certificates: owner",
    automated: true,
    ...files("kube-apiserver", keyMaterial, { owner: "own" }),
    reason: `${notRoot}; the directory above is root's alone`,
  },
  { id: "1.1.20", title: "certificates: mode", ...files("kube-apiserver", /\.crt$/, { mode: 0o644 }) },
  { id: "1.1.21", title: "keys: mode", ...files("kube-apiserver", /\.key$/, { mode: 0o600 }) },
];

const noService = "no service file: the kubelet is a container, which the agent starts";

/** Of nodes. */
const nodes: readonly CisCheck[] = [
  {
    id: "4.1.1",
    title: "kubelet's service file: mode",
    automated: true,
    ...files("kubelet", /\.service(\.d\/.*)?$/, "none"),
    reason: noService,
  },
  {
    id: "4.1.2",
    title: "kubelet's service file: owner",
    automated: true,
    ...files("kubelet", /\.service(\.d\/.*)?$/, "none"),
    reason: noService,
  },
  { id: "4.1.3", title: "proxy's kubeconfig: mode", ...files("kube-proxy", confs, { mode: 0o600 }) },
  { id: "4.1.4", title: "proxy's kubeconfig: owner", ...files("kube-proxy", confs, { owner: "root" }) },
  {
    id: "4.1.5",
    title: "kubelet's kubeconfig: mode",
    automated: true,
    look: { of: "kubelet", onHost: "/var/lib/kubelet/kubeconfig-*", mode: 0o600 },
    reason: "the kubelet writes it itself",
  },
  {
    id: "4.1.6",
    title: "kubelet's kubeconfig: owner",
    automated: true,
    look: { of: "kubelet", onHost: "/var/lib/kubelet/kubeconfig-*", mode: 0o600 },
    reason: "the kubelet writes it itself, as root",
  },
  {
    id: "4.1.7",
    title: "CA of the kubelet's clients: mode",
    ...files("kubelet", /\/client-ca\.crt$/, { mode: 0o644 }),
  },
  {
    id: "4.1.8",
    title: "CA of the kubelet's clients: owner",
    ...files("kubelet", /\/client-ca\.crt$/, { owner: "root" }),
  },
  {
    id: "4.1.9",
    title: "kubelet's configuration: mode",
    automated: true,
    ...files("kubelet", documents, { mode: 0o600 }),
  },
  {
    id: "4.1.10",
    title: "kubelet's configuration: owner",
    automated: true,
    ...files("kubelet", documents, { owner: "root" }),
  },
];

export const cisFileChecks: readonly CisCheck[] = [...controlPlane, ...nodes];
