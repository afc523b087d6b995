// Opens a directory name by name, so that nobody can slip in a link between the check of a path and its use.
import { closeSync, constants, mkdirSync, openSync } from "node:fs";
import { errnoOf } from "./errno.ts";

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
      const next = openDirectory(`/proc/self/fd/${fd}/${name}`);
      closeSync(fd);
      fd = next;
    }
    return use(`/proc/self/fd/${fd}`, fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the directory at a real path below `root` where there is none, and what is missing above it; root's, mode 0755. */
export function makeDirectories(root: string, path: string): void {
  const names = path.split("/").filter((segment) => segment !== "");
  names.forEach((name, index) => {
    withOpenDirectory(root, names.slice(0, index).join("/"), (directory) => {
      try {
        mkdirSync(`${directory}/${name}`, 0o755);
      } catch (error) {
        if (errnoOf(error) !== "EEXIST") throw error;
      }
    });
  });
}

/** The directory itself, never what a link leads to. Throws ELOOP, ENOTDIR, ENOENT. */
export function openDirectory(path: string): number {
  return openSync(path, flags);
}
