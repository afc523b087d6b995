// What is at one path below a root, its last component not followed.
import { lstatSync, readlinkSync, type BigIntStats } from "node:fs";
import { FlexkubeError } from "#shared/errors.ts";
import { errnoOf, errnoText } from "./errno.ts";
import type { Looked } from "./resolve-path.ts";

/**
 * With the stats where something is there. Throws FILES_UNREADABLE. It does not wait for a thread: a look at an inode
 * that the kernel knows takes a few microseconds, ten times less than the way to a thread and back.
 */
export function lookAtLink(root: string, path: string): Looked & { readonly stats?: BigIntStats } {
  const onDisk = onDiskPath(root, path);
  try {
    const stats = lstatSync(onDisk, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return { type: "missing" };
    return lookedOf(stats, stats.isSymbolicLink() ? readlinkSync(onDisk) : "");
  } catch (error) {
    return lookedAfter(error, path);
  }
}

/**
 * What a look that failed has seen. A link that somebody replaced by something else before its words were read is EINVAL,
 * and a later look tells what came. Throws FILES_UNREADABLE for any other system error.
 */
export function lookedAfter(error: unknown, path: string): Looked {
  if (isGone(error)) return { type: "missing" };
  if (errnoOf(error) === "EINVAL") return { type: "other", what: "something that was changed while it was looked at" };
  throw unreadable(path, error);
}

/** `target`: a link's own words. */
export function lookedOf(stats: BigIntStats, target: string): Looked & { readonly stats?: BigIntStats } {
  if (stats.isDirectory()) return { type: "directory", stats, isGuarded: isGuarded(stats) };
  if (stats.isFile()) return { type: "file", stats };
  if (stats.isSymbolicLink()) return { type: "link", target, uid: Number(stats.uid) };
  return { type: "other", what: stats.isSocket() ? "a socket" : stats.isFIFO() ? "a pipe" : "a device" };
}

/** True for a directory in which only root can make, rename and remove names: root's, and writable by nobody else. */
export function isGuarded(directory: { readonly uid: bigint; readonly mode: bigint } | undefined): boolean {
  return directory !== undefined && directory.uid === 0n && (directory.mode & 0o022n) === 0n;
}

/** `/host` + `/a` → `/host/a`; `/` + `/a` → `/a`. */
export function onDiskPath(root: string, path: string): string {
  return root === "/" ? path : root + path;
}

/** True when what we looked for went, or became a link, between two looks at it. */
export function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "");
}

/** FILES_UNREADABLE for a system error; any other error as it is. */
export function unreadable(path: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const details = { path, reason: errnoText(errno) };
  return new FlexkubeError("FILES_UNREADABLE", "a path of the host cannot be read", details, { cause: error });
}
