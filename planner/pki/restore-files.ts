// Files of the PKI that are put back from elsewhere: read as if they were there, written before all others.
import { join } from "node:path";
import { Secret } from "#shared/secret.ts";
import { certificateMode, performActions, type PkiAction } from "./actions.ts";
import type { PkiChange, PkiIo } from "./types.ts";

/** One file, `path` below the directory of the PKI. */
export type FileToRestore = {
  /** What it belongs to. */
  readonly id: string;
  readonly path: string;
  readonly content: string;
  /** Where it comes from. */
  readonly from: string;
};

export type PreparedRestore = {
  /** What the PKI looks like when they are back. */
  readonly io: PkiIo;
  /** Sorted by id. */
  readonly changes: readonly PkiChange[];
  /** Throws PKI_UNWRITABLE, and PKI_MISMATCH for a key that has appeared since. */
  readonly write: () => Promise<void>;
};

const publicEnding = /\.(crt|pub)$/;

export function restoreFiles(directory: string, files: readonly FileToRestore[], io: PkiIo): PreparedRestore {
  const back = new Map(files.map(({ content, path }) => [join(directory, path), Buffer.from(content)]));
  const actions = files.map(({ content, path }): PkiAction => {
    const place = join(directory, path);
    return publicEnding.test(path)
      ? { kind: "write", path: place, content, mode: certificateMode }
      : { kind: "create", path: place, content: new Secret(content) };
  });
  return {
    io: { ...io, readFile: (path) => io.readFile(path).then((found) => found ?? back.get(path)) },
    changes: files.map(({ from, id, path }) => ({ id, cause: `${path} is put back from ${from}` })),
    write: () =>
      performActions(
        { directory, cas: actions.map((action) => [action]), certificates: [] },
        { io, onDone: () => undefined },
      ),
  };
}
