// What containers that set the packet filter have of the host.
import type { ContainerSpec, DataDirectory } from "#shared/state/desired.ts";
import type { HostRun } from "#shared/schema/kubernetes/network.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";

type Mount = ContainerSpec["mounts"][number];

/** Kernel modules, to be looked up. */
export const modulesMount: Mount = {
  source: "/lib/modules",
  target: "/lib/modules",
  readOnly: true,
  propagation: "rprivate",
};

/** A kernel without modules has no such directory; then an empty one is made to be mounted. */
export const modulesDirectory: DataDirectory = { path: "/lib/modules", mode: 0o755, uid: 0, gid: 0, shared: true };

/** Programs that set the packet filter wait for each other by it, containers and host alike. */
const lock = "/run/xtables.lock";

type FilterLock = {
  readonly mount: Mount;
  readonly data: readonly DataDirectory[];
  readonly files: readonly FileDraft[];
};

/**
 * How a component comes to the lock. As `lock-file` it has the file and nothing else of /run, where engines have their
 * sockets. The file goes with each reboot: systemd makes it anew before Docker starts containers, by the line here; elsewhere
 * the agent does, and then starts the container, which Docker could not.
 */
export function filterLock(component: string, run: HostRun): FilterLock {
  // rslave: what the host unmounts below /run does not live on in the container
  if (run === "directory")
    return { mount: { source: "/run", target: "/run", readOnly: false, propagation: "rslave" }, data: [], files: [] };
  return {
    mount: { source: lock, target: lock, readOnly: false, propagation: "rprivate" },
    data: [{ path: lock, mode: 0o600, uid: 0, gid: 0, shared: true, emptyFile: true }],
    files: [
      {
        path: `/etc/tmpfiles.d/flexkube-${component}.conf`,
        content: `# ${component} in its container waits for other programs by this file.\nf ${lock} 0600 root root -\n`,
        mode: 0o644,
        uid: 0,
        gid: 0,
        effect: "none",
        takeOver: false,
      },
    ],
  };
}
