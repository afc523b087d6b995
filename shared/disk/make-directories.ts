// A directory with its parents, one level after the other: Node's own recursive mkdir never ends where a file system makes no
// directories, as below /proc.
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode } from "#shared/error-code.ts";

/** The first one that was made, if any; an existing one is left as it is. Throws what the system says. */
export async function makeDirectories(path: string, mode: number): Promise<string | undefined> {
  const done = await tryToMake(path, mode);
  if (done !== "no parent") return done === "made" ? path : undefined;
  const first = await makeDirectories(dirname(path), mode);
  await mkdir(path, { mode });
  return first ?? path;
}

async function tryToMake(path: string, mode: number): Promise<"made" | "there" | "no parent"> {
  try {
    await mkdir(path, { mode });
    return "made";
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" && dirname(path) !== path) return "no parent";
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) return "there";
    throw error;
  }
}
