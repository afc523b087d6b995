// Where the agent's process finds a socket of the host.
import { lookAtLink, onDiskPath } from "#agent/files/look-at-link.ts";
import { resolvePath } from "#agent/files/resolve-path.ts";

/**
 * Below the mount of the host's `/`, with links followed as the host would. Without that mount the agent still has the
 * host's /run, at /var/run.
 */
export async function hostSocketPath(socket: string, hostRoot: string | undefined): Promise<string> {
  if (hostRoot === undefined) return socket.replace(/^(\/var)?\/run\//, "/var/run/");
  const resolved = await resolvePath(socket, (path) => lookAtLink(hostRoot, path));
  return onDiskPath(hostRoot, resolved.type === "blocked" ? socket : resolved.path);
}
