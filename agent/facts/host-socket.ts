// Where the agent's process finds a socket of the host.
import type { HostFiles } from "#agent/files/host-files.ts";
import { onDiskPath } from "#agent/files/look-at-link.ts";
import { resolvePath } from "#agent/files/resolve-path.ts";

/** The host's files below the mount of its `/`. */
export type MountedHost = { readonly root: string; readonly files: Pick<HostFiles, "look"> };

/**
 * Below the mount of the host's `/`, with links followed as the host would. Without that mount the agent still has the
 * host's /run, at /var/run. Throws FILES_UNREADABLE.
 */
export async function hostSocketPath(socket: string, host: MountedHost | undefined): Promise<string> {
  if (host === undefined) return socket.replace(/^(\/var)?\/run\//, "/var/run/");
  const resolved = await resolvePath(socket, host.files.look);
  return onDiskPath(host.root, resolved.type === "blocked" ? socket : resolved.path);
}
