// A directory with its parents, one level after the other: Node's own recursive mkdir never ends where a file system makes no
// directories, as below /proc.
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** An existing one is left as it is. Throws what the system says. */
export async function makeDirectories(path: string, mode: number): Promise<void> {
  if (await isMade(path, mode)) return;
  await makeDirectories(dirname(path), mode);
  await mkdir(path, { mode });
}

/** False when its parent is missing. */
async function isMade(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" && dirname(path) !== path) return false;
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) return true;
    throw error;
  }
}
