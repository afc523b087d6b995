// Whether there is something at a path of the host, for an engine that makes what is missing before it says so.
import { createHostViews, type HostFilesOptions } from "./host-files.ts";
import { resolvePath } from "./resolve-path.ts";

/** Links are followed with the host's `/` as root. Throws FILES_UNREADABLE for a file system that does not answer. */
export function createExistsOnHost(options: HostFilesOptions): (path: string, signal: AbortSignal) => Promise<boolean> {
  const view = createHostViews(options);
  return async (path, signal) => (await resolvePath(path, view(signal).look)).type === "found";
}
