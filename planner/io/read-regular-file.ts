// The one way in which the planner reads a file: never one that blocks or has no end, never more than was bargained for.
import type { Stats } from "node:fs";
import { constants, open } from "node:fs/promises";

export type RegularFile = { readonly bytes: Buffer; readonly stats: Stats };

/** More than any file that the planner reads may have: 8 MiB is the limit for a document. */
export const mostBytes = 64 * 1024 * 1024;
const leastChunk = 64 * 1024;
const mostChunk = 4 * 1024 * 1024;

/** A file that is followed through links. Throws what the system says, and a plain error for what is no regular file or too large. */
export async function readRegularFile(path: string): Promise<RegularFile> {
  // a FIFO would wait for a writer, a terminal would become ours
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error(`is ${kindOf(stats)}, no regular file`);
  const tooLarge = `is larger than ${mostBytes / 1024 / 1024} MiB`;
  if (stats.size > mostBytes) throw new Error(tooLarge);
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    // the size may be wrong, as below /proc, and the file may grow
    const wanted = Math.min(Math.max(stats.size - length + 1, leastChunk), mostChunk);
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(wanted) });
    if (bytesRead === 0) return { bytes: Buffer.concat(chunks), stats };
    length += bytesRead;
    if (length > mostBytes) throw new Error(tooLarge);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a FIFO";
  return stats.isSocket() ? "a socket" : "a device";
}
