// What of the host a kubelet rests on: its container runtime and control groups. Asked for by the config, or a host fact.
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import { saysKubeletSetting } from "#shared/components/kubelet-settings.ts";

export type KubeletRuntime = {
  readonly cri: "containerd" | "cri-dockerd";
  /** Path of the runtime's socket. */
  readonly socket: string;
  /** Host directory of the runtime's data, in which the kubelet measures disk space. */
  readonly dataDirectory: string;
  readonly cgroupDriver: "cgroupfs" | "systemd";
  readonly cgroupVersion: 1 | 2;
  /** The file that pods' name servers come from, where it is not the usual one. */
  readonly resolvConf?: string | undefined;
  /** Those facts that decided. */
  readonly facts: HostFacts;
};

export const criSockets = {
  containerd: "/run/containerd/containerd.sock",
  "cri-dockerd": "/run/cri-dockerd.sock",
} as const;

/** Where systemd-resolved lists the servers that it asks itself (systemd-resolved.service(8)). */
export const uplinkResolvConf = "/run/systemd/resolve/resolv.conf";

const dataDirectories = { containerd: "/var/lib/containerd", "cri-dockerd": "/var/lib/docker" } as const;

/** The runtime, or why it is not known yet, in words a person can act on. */
export function kubeletRuntime(config: Kubelet, facts: HostFacts): KubeletRuntime | { readonly reason: string } {
  const { cgroupVersion } = facts;
  const cri = config.cri === "auto" ? facts.cri : config.cri;
  const cgroupDriver = config.cgroupDriver === "auto" ? facts.cgroupDriver : config.cgroupDriver;
  if (cri === undefined) return { reason: noRuntime(config, facts) };
  if (cgroupVersion === undefined) return { reason: "Docker has not told yet which version of control groups it uses" };
  if (asksResolver(config) && facts.resolver === undefined)
    return { reason: "it is not known yet where this host's name servers are listed" };
  if (cgroupDriver === undefined)
    return {
      reason:
        "Docker has not told yet whether cgroupfs or systemd manages its control groups; kubelet.cgroupDriver can say it",
    };
  return {
    cri,
    socket: config.criSocket ?? criSockets[cri],
    dataDirectory: dataDirectories[cri],
    cgroupDriver,
    cgroupVersion,
    ...(asksResolver(config) && facts.resolver === "systemd-resolved" ? { resolvConf: uplinkResolvConf } : {}),
    facts: {
      ...(config.cri === "auto" ? { cri } : {}),
      ...(config.cgroupDriver === "auto" ? { cgroupDriver } : {}),
      cgroupVersion,
      ...(asksResolver(config) ? { resolver: facts.resolver } : {}),
    },
  };
}

/** Whether it rests on the host's resolver: the config may name the file itself. */
export function asksResolver({ args, config, resolver }: Pick<Kubelet, "args" | "config" | "resolver">): boolean {
  return resolver === "reachable" && !saysKubeletSetting({ args, config }, "resolvConf");
}

/** The agent never edits containerd's configuration: it is the host's, and a restart of containerd is its owner's choice. */
function noRuntime({ criSocket }: Kubelet, { cgroupDriver }: HostFacts): string {
  const asked =
    criSocket === undefined
      ? `neither containerd's CRI at ${criSockets.containerd} nor cri-dockerd at ${criSockets["cri-dockerd"]} answers`
      : `no container runtime answers at ${criSocket}`;
  const systemd =
    cgroupDriver === undefined ? "true where systemd manages control groups, else false" : cgroupDriver === "systemd";
  return (
    `${asked}; to switch on containerd's, take "cri" out of disabled_plugins in /etc/containerd/config.toml, set ` +
    `plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options.SystemdCgroup = ${systemd} there ` +
    `(version = 2), and restart containerd; kubelet.cri and kubelet.criSocket can name another runtime`
  );
}
