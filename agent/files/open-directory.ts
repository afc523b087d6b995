// Opens a directory name by name, so that nobody can slip in a link between the check of a path and its use.
import { closeSync, constants, openSync } from "node:fs";

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Hands the path of an open directory to `use`; names below that path are looked up in this very directory, whatever
 * is moved meanwhile. `path` is a real path below `root`; a link in it is ELOOP or ENOTDIR.
 */
export function withOpenDirectory<Result>(
  root: string,
  path: string,
  use: (directory: string, fd: number) => Result,
): Result {
  let fd = openSync(root, flags);
  try {
    for (const name of path.split("/").filter((segment) => segment !== "")) {
      const next = openSync(`/proc/self/fd/${fd}/${name}`, flags);
      closeSync(fd);
      fd = next;
    }
    return use(`/proc/self/fd/${fd}`, fd);
  } finally {
    closeSync(fd);
  }
}
