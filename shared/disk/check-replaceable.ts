// What a new file may be renamed onto.
import { statSync } from "node:fs";

/**
 * A device that is replaced, such as /dev/null, is gone for all that use it, and so is a FIFO. Throws a plain error with a reason for these, also
 * behind a link, and what the system says; a directory is left to rename(2), which refuses it.
 */
export function checkReplaceable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile() || found.isDirectory()) return;
  const kind = found.isFIFO() ? "a FIFO" : found.isSocket() ? "a socket" : "a device";
  throw new Error(`it is ${kind}; only a regular file is replaced`);
}
