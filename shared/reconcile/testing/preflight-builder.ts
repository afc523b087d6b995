// What must hold on a host before a kubelet starts, and what was found instead, for tests.
import type { KubeletPreflight } from "#shared/state/desired.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

/** A rule that asks for a shared /var/lib/kubelet, no swap and control groups of version 2, and mends nothing. */
export function preflightRule(overrides: Partial<KubeletPreflight> = {}): KubeletPreflight {
  return {
    sharedDirectory: "/var/lib/kubelet",
    ports: [],
    swapAllowed: false,
    cgroupV1Allowed: false,
    runtime: { cri: "containerd", socket: "/run/containerd/containerd.sock", cgroupDriver: "systemd" },
    sysctls: {},
    files: [],
    mend: false,
    ...overrides,
  };
}

/** Swap that is on, which is left to a person. */
export const swapFinding: PreflightFinding = {
  check: "swap",
  found: "/dev/sda2",
  needed: "none",
  command: "swapoff -a",
};

/** Packets that are not forwarded, which the agent can mend. */
export const forwardFinding: PreflightFinding = {
  check: "sysctl",
  found: "net.ipv4.ip_forward = 0",
  needed: "1",
  command: "sysctl -w net.ipv4.ip_forward=1",
  mend: "sysctl:net.ipv4.ip_forward=1",
};
