// What a kubelet in a container sees of its host.
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { MountConfig } from "#shared/schema/words/container.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import type { KubeletRuntime } from "./kubelet-runtime.ts";

type Mount = ContainerSpec["mounts"][number];

/** Its own mounts and those of the config, which win where they have the same target. */
export function kubeletMounts(config: Kubelet, runtime: KubeletRuntime): readonly Mount[] {
  const asked = config.mounts.map(withoutCreate);
  const taken = new Set(asked.map(({ target }) => target));
  return [...ownMounts(config, runtime).filter(({ target }) => !taken.has(target)), ...asked];
}

/**
 * Directories are mounted at the paths they have on the host, since the kubelet and the container runtime tell each other
 * paths. What pods mount below the data directory must be seen by the host, hence rshared. CNI's directories are not among
 * them: only the container runtime looks there.
 */
function ownMounts({ dataDirectory }: Kubelet, runtime: KubeletRuntime): readonly Mount[] {
  const socketDirectory = runtime.socket.slice(0, runtime.socket.lastIndexOf("/"));
  return [
    mount(dataDirectory, "rshared"),
    // the directory, not the socket in it: that is made anew when its owner restarts
    mount("/run", "rslave"),
    ...(runtime.socket.startsWith("/run/") ? [] : [mount(socketDirectory, "rslave")]),
    mount(runtime.dataDirectory, "rslave"),
    mount("/sys/fs/cgroup", "rprivate"),
    mount("/var/log", "rprivate"),
    readOnly("/lib/modules"),
    // single files, since their directory is /etc and no other paths are asked for; both change with a reinstallation only
    readOnly("/etc/machine-id"),
    readOnly("/etc/os-release"),
  ];
}

function mount(path: string, propagation: Mount["propagation"]): Mount {
  return { source: path, target: path, readOnly: false, propagation };
}

function readOnly(path: string): Mount {
  return { source: path, target: path, readOnly: true, propagation: "rprivate" };
}

function withoutCreate({ create: _, ...rest }: MountConfig): Mount {
  return rest;
}
