// The one way in which the agent reads a file of its own: never one that blocks or has no end, never more than was bargained for.
import type { Stats } from "node:fs";
import { constants, open } from "node:fs/promises";

export type RegularFile = { readonly bytes: Buffer; readonly stats: Stats };

/**
 * A file that is followed through links. Throws what the system says, and a plain error with a reason for what is no regular file
 * (a FIFO, a device, a directory) or larger than `limit` bytes.
 */
export async function readRegularFile(path: string, { limit }: { readonly limit: number }): Promise<RegularFile> {
  // a FIFO would wait for a writer, a terminal would become ours
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error(`it is ${kindOf(stats)}; only a regular file is read`);
  const tooLarge = (): Error => new Error(`it is larger than ${limit} bytes`);
  if (stats.size > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    // the size that a file system tells may be wrong, as below /proc, and the file may grow
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(chunkBytes(stats, length)) });
    if (bytesRead === 0) return { bytes: Buffer.concat(chunks), stats };
    length += bytesRead;
    if (length > limit) throw tooLarge();
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

const leastBytes = 64 * 1024;
const mostBytes = 1024 * 1024;

/** In one piece where the size is right, and one more to see the end. */
function chunkBytes({ size }: Stats, length: number): number {
  return Math.min(Math.max(size - length + 1, leastBytes), mostBytes);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a directory: mount the directory of the file, not the file";
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return "a device";
}
