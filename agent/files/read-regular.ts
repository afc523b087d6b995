// Reads a regular file and nothing else: a pipe or a device must not hold the reader up.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { FlexkubeError } from "#shared/errors.ts";
import { maxFileBytes } from "./host-tree.ts";
import { isGone, unreadable } from "./look-at-link.ts";

/** O_NONBLOCK: a pipe that took the file's place since we looked must not hold us up. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Undefined when there is none. Throws FILES_UNREADABLE, also for more than `maxFileBytes`. */
export async function readRegular(onDisk: string, path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(onDisk, readFlags);
    const stats = await file.stat();
    if (!stats.isFile()) return undefined;
    if (stats.size > maxFileBytes)
      throw new FlexkubeError("FILES_UNREADABLE", "a file is too large", { path, reason: `${stats.size} bytes` });
    return await file.readFile();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}
