// All that is below a path of a host's file tree, for tests that compare what somebody made of it.
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export type FoundPath = {
  /** As the host sees it. */
  readonly path: string;
  readonly stats: Stats;
  /** SHA-256 of a regular file's content, in hex. */
  readonly digest?: string;
};

/** The path itself, then what is below it, by name; nothing when nothing is there. `root`: the host's `/` on this machine. */
export async function filesBelow(root: string, path: string): Promise<readonly FoundPath[]> {
  const place = join(root, path);
  const stats = await lstat(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (stats === undefined) return [];
  if (stats.isFile()) return [{ path, stats, digest: digestOf(await readFile(place)) }];
  if (!stats.isDirectory()) return [{ path, stats }];
  const names = (await readdir(place)).toSorted();
  const below = await Promise.all(names.map(async (name) => filesBelow(root, `${path}/${name}`)));
  return [{ path, stats }, ...below.flat()];
}

/** Mode in octal, user and group. */
export function ownerText({ mode, uid, gid }: Stats): string {
  return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`;
}

function digestOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
