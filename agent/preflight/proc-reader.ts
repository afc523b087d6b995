// Reads the host's /proc, as far as an agent without the mount of the host's `/` can too.
import { readFile } from "node:fs/promises";
import { isGone, unreadable } from "#agent/files/look-at-link.ts";

/** Text of a file below /proc, such as `1/mountinfo`; undefined where there is none. Throws FILES_UNREADABLE. */
export type ProcReader = (path: string) => Promise<string | undefined>;

/** `hostRoot`: where the host's `/` is mounted; undefined: the agent's own /proc, which is the host's but for processes. */
export function createProcReader(hostRoot: string | undefined): ProcReader {
  return async (path) => {
    const place = hostRoot === undefined ? ownPlace(path) : `${hostRoot}/proc/${path}`;
    if (place === undefined) return undefined;
    try {
      return await readFile(place, "utf8");
    } catch (error) {
      if (isGone(error)) return undefined;
      throw unreadable(`/proc/${path}`, error);
    }
  };
}

/** The agent shares the host's network, and not its processes. */
function ownPlace(path: string): string | undefined {
  if (path.startsWith("1/net/")) return `/proc/${path.slice("1/".length)}`;
  return path.startsWith("1/") ? undefined : `/proc/${path}`;
}
