// What must hold on a host before a kubelet starts there. Only said here; the agent looks.
import type { KubeletPreflight } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import { textIn } from "./document.ts";
import { kubeletClaims } from "./kubelet-document.ts";

/** The conditions of the kubelet whose finished document is given. */
export function kubeletPreflight(
  config: Kubelet,
  document: KubernetesDocument,
  { podNetwork }: Pick<HostConfig, "podNetwork">,
): KubeletPreflight {
  return {
    sharedDirectory: config.dataDirectory,
    ports: kubeletClaims(document),
    swapAllowed: document["failSwapOn"] === false,
    cgroupV1Allowed: document["failCgroupV1"] === false,
    sysctls: { ...networkSysctls(podNetwork), ...kernelSysctls(document) },
    files: ["/etc/machine-id", "/etc/os-release"],
    ...(config.resolver === "reachable" ? { resolvConf: textIn(document, "resolvConf", "/etc/resolv.conf") } : {}),
    mend: config.mend,
  };
}

/** Packets of pods are forwarded, and those between pods on one bridge are seen by the rules of Services. */
function networkSysctls(network: HostConfig["podNetwork"]): Readonly<Record<string, string>> {
  if (network === undefined) return { "net.ipv4.ip_forward": "1" };
  return network.clusterCidr.includes(":")
    ? { "net.bridge.bridge-nf-call-ip6tables": "1", "net.ipv6.conf.all.forwarding": "1" }
    : { "net.bridge.bridge-nf-call-iptables": "1", "net.ipv4.ip_forward": "1" };
}

/** A kubelet sets these itself unless it is told to end when they differ (pkg/kubelet/cm, setupKernelTunables). */
function kernelSysctls(document: KubernetesDocument): Readonly<Record<string, string>> {
  if (document["protectKernelDefaults"] !== true) return {};
  return {
    "kernel.keys.root_maxbytes": "25000000",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
  };
}
