// Kubelet and container runtime must have one who manages control groups. Where they differ, pods of a kubelet with cgroupfs never start,
// and those of a kubelet with systemd run beside their limits.
import type { CgroupDriverAnswer } from "#agent/facts/ask-cgroup-driver.ts";
import type { KubeletPreflight } from "#shared/state/desired.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

type Found = {
  readonly runtime: CgroupDriverAnswer;
  /** As the engine says it, which cri-dockerd has run its containers. */
  readonly docker: string;
};

/** Nothing is said where nothing is known. */
export function checkCgroupDriver(
  { cri, cgroupDriver: kubelet }: KubeletPreflight["runtime"],
  { runtime, docker }: Found,
): readonly PreflightFinding[] {
  if (runtime === "followed") return [];
  const found = cri === "cri-dockerd" ? docker : runtime;
  if ((found !== "cgroupfs" && found !== "systemd") || found === kubelet) return [];
  const name = cri === "cri-dockerd" ? "Docker" : "containerd";
  return [
    {
      check: "cgroup driver",
      found: `${found} of ${name}`,
      needed: `${kubelet}, as the kubelet is told`,
      command: `${mends[cri](kubelet)}; or set cgroupDriver: ${found} for the kubelet${found === docker ? "" : `, though Docker has ${docker}`}`,
    },
  ];
}

const mends: Readonly<Record<KubeletPreflight["runtime"]["cri"], (driver: string) => string>> = {
  containerd: (driver) =>
    `set plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options.SystemdCgroup = ${driver === "systemd"} ` +
    "in /etc/containerd/config.toml (version = 2) and restart containerd",
  "cri-dockerd": (driver) =>
    `set "exec-opts": ["native.cgroupdriver=${driver}"] in /etc/docker/daemon.json and restart Docker`,
};
