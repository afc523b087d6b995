// Directories of the host that containers which set the packet filter need.
import type { ContainerSpec, DataDirectory } from "#shared/reconcile/desired.ts";

type Mount = ContainerSpec["mounts"][number];

export const hostPaths = {
  /**
   * For /run/xtables.lock, which programs that set the packet filter share. The directory: the file goes with each reboot,
   * and the first of them makes it. rslave, so that what the host unmounts below it does not live on in the container.
   */
  run: { source: "/run", target: "/run", readOnly: false, propagation: "rslave" },
  modules: { source: "/lib/modules", target: "/lib/modules", readOnly: true, propagation: "rprivate" },
} as const satisfies Readonly<Record<string, Mount>>;

/** A kernel without modules has no such directory; then an empty one is made to be mounted. */
export const modulesDirectory: DataDirectory = { path: "/lib/modules", mode: 0o755, uid: 0, gid: 0, shared: true };
