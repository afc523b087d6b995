// What must hold on a host before a kubelet starts there. Only said here; the agent looks.
import type { KubeletPreflight } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import { type KubeletSettings, kubeletSettings } from "#shared/components/kubelet-settings.ts";
import { kubeletClaims } from "./kubelet-document.ts";
import type { KubeletRuntime } from "./kubelet-runtime.ts";

/** The conditions of a kubelet with its finished document. */
export function kubeletPreflight(
  config: Kubelet,
  { cri, socket, cgroupDriver }: KubeletRuntime,
  { podNetwork }: Pick<HostConfig, "podNetwork">,
): KubeletPreflight {
  const settings = kubeletSettings(config);
  const asksNameServers = config.resolver === "reachable" && settings.resolvConf !== "";
  return {
    sharedDirectory: config.dataDirectory,
    ports: kubeletClaims(config),
    swapAllowed: !settings.failSwapOn,
    cgroupV1Allowed: !settings.failCgroupV1,
    runtime: { cri, socket, cgroupDriver: settings.cgroupDriver ?? cgroupDriver },
    sysctls: { ...networkSysctls(podNetwork), ...kernelSysctls(settings) },
    files: ["/etc/machine-id", "/etc/os-release"],
    ...(asksNameServers ? { resolvConf: settings.resolvConf } : {}),
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
function kernelSysctls({ protectKernelDefaults }: KubeletSettings): Readonly<Record<string, string>> {
  if (!protectKernelDefaults) return {};
  return {
    "kernel.keys.root_maxbytes": "25000000",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
  };
}
