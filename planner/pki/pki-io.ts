// The PKI's files on a real disk.
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { PkiIo } from "./types.ts";
import { makeDirectories } from "../io/make-directories.ts";
import { readRegularFile } from "../io/read-regular-file.ts";
import { codeOf } from "../io/reason-of.ts";

/** Built in main.ts only. Temporary files are `<path>.tmp`: a leftover is replaced by the next try. */
export function diskPkiIo(): PkiIo {
  return {
    readFile: (path) => readIfThere(path),
    writeFileAtomic: (path, bytes, mode) => writing(path, () => writeSynced(path, bytes, mode)),
    rename: (from, to) =>
      writing(to, async () => {
        await rename(from, to);
        await syncDirectory(dirname(to));
      }),
    makeDirectory: (path, mode) =>
      writing(path, async () => {
        const first = await makeDirectories(path, mode);
        if (first !== undefined) await syncDirectory(dirname(first));
      }),
  };
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return readRegularFile(path).bytes;
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    const reason = codeOf(cause);
    throw new FlexkubeError("PKI_UNREADABLE", "a file of the PKI cannot be read", { file: path, reason }, { cause });
  }
}

async function writeSynced(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = `${path}.tmp`;
  // a leftover may be somebody else's, and a link there would lead a key to where he reads it
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", mode);
  try {
    // the umask may have taken bits away
    await file.chmod(mode);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const reason = codeOf(cause);
    throw new FlexkubeError("PKI_UNWRITABLE", "a file of the PKI cannot be written", { file: path, reason }, { cause });
  }
}
