// The PKI's files on a real disk.
import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { PkiIo } from "./types.ts";
import { makeDirectories } from "#shared/disk/make-directories.ts";
import { readRegularFile } from "#planner/io/read-regular-file.ts";
import { codeOf } from "#planner/io/reason-of.ts";
import { syncDirectory } from "#planner/io/sync-directory.ts";
import { writeSynced } from "#planner/io/write-synced.ts";

/** Built in main.ts only. Temporary files are `<path>.tmp`: a leftover is replaced by the next try. */
export function diskPkiIo(): PkiIo {
  return {
    readFile: (path) => readIfThere(path),
    writeFileAtomic: (path, bytes, mode) =>
      writing(path, () => writeSynced({ path, temporary: `${path}.tmp`, bytes, mode })),
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

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const reason = codeOf(cause);
    throw new FlexkubeError("PKI_UNWRITABLE", "a file of the PKI cannot be written", { file: path, reason }, { cause });
  }
}
