// What tells whether a path still leads to the same inode, and that to the same content: a change of either shows here, whoever makes it.
import type { BigIntStats } from "node:fs";

/**
 * The same as long as the inode is. Its change time cannot be set and goes on with each write, each change of its rights and each renaming;
 * what was changed less than `settledMs` ago can be changed once more within the same tick of the kernel's clock.
 */
export function inodeStamp({ dev, ino, size, ctimeNs, mode }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${ctimeNs} ${mode}`;
}

/** Far above a tick of the kernel's clock, and what file systems keep of it. */
export const settledMs = 2000;
