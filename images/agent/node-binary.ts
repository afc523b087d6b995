// The stock Node that becomes our executable: from npm, without symbols. Stripping must come before the injection
// of our code; a binary stripped afterwards crashes.
import { execFile } from "node:child_process";
import { access, chmod, copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { arch as hostArch, version } from "node:process";
import { promisify } from "node:util";

import { repository } from "./bundle.ts";

const run = promisify(execFile);

export type Arch = "x64" | "arm64";

/** Path of a Node executable of this very version for the architecture; made once, kept in dist/node. */
export async function nodeBinary(arch: Arch): Promise<string> {
  const path = join(repository, "dist/node", `node-${version}-${arch}`);
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const work = await mkdtemp(`${path}-`);
  try {
    const copy = join(work, "node");
    await copyFile(await stockNode(arch, work), copy);
    await chmod(copy, 0o755);
    if (arch === hostArch && (await hasStrip())) await run("strip", [copy]);
    await rename(copy, path);
  } finally {
    await rm(work, { recursive: true });
  }
  return path;
}

/** Where npm put Node for the architecture; another one than this machine's is fetched from the registry. */
async function stockNode(arch: Arch, work: string): Promise<string> {
  const name = `node-linux-${arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch (error) {
    if (!isModuleNotFound(error)) throw error;
  }
  await run("npm", ["pack", `${name}@${version.slice(1)}`, "--silent", "--pack-destination", work], {
    cwd: repository,
  });
  await run("tar", ["-xzf", join(work, `${name}-${version.slice(1)}.tgz`), "-C", work, "package/bin/node"]);
  return join(work, "package/bin/node");
}

function isModuleNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
}

/** Without binutils the executable is 18 MB larger and works the same. */
async function hasStrip(): Promise<boolean> {
  const folders = (process.env["PATH"] ?? "").split(":");
  const found = await Promise.all(folders.map((folder) => exists(join(folder, "strip"))));
  return found.includes(true);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
