// The files that a plan has read: the cluster config, which is a text of the caller's, and what it names on the disk. An apply must find
// them as they were, since what it was shown follows from them.
import { privateFile } from "#planner/io/modes.ts";
import { createHash } from "node:crypto";
import type { FileIo } from "#planner/io/file-io.ts";

/** SHA-256 by path; `missing` where there was no file. */
export type Digests = ReadonlyMap<string, string>;

export type SeenInputs = { readonly files: FileIo; readonly digests: () => Digests };

export type InputsOptions = {
  /** The cluster config, by the path under which it is read. */
  readonly config: { readonly path: string; readonly text: string };
  /** What lies below is no input but the planner's own. */
  readonly own: readonly string[];
};

/** The same files, with the cluster config among them. */
export function seenInputs(files: FileIo, { config, own }: InputsOptions): SeenInputs {
  const seen = new Map<string, string>();
  const isOwn = (path: string): boolean => own.some((folder) => path === folder || path.startsWith(`${folder}/`));
  return {
    files: {
      ...files,
      readFile: async (path) => {
        if (path === config.path) return { bytes: Buffer.from(config.text), mode: privateFile };
        const found = await files.readFile(path);
        if (!isOwn(path))
          seen.set(path, found === undefined ? "missing" : createHash("sha256").update(found.bytes).digest("hex"));
        return found;
      },
      accessOf: (path) =>
        path === config.path
          ? Promise.resolve({ mode: privateFile, uid: files.user, isDirectory: false })
          : files.accessOf(path),
    },
    digests: () => new Map([...seen].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}
