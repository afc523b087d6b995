// What is done to the disk, as data, and doing it.
// It must not decide anything.
import { privateDirectory } from "#planner/io/modes.ts";
import { dirname } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { reveal, type Secret } from "#shared/secret.ts";
import { eachLimited } from "./each-limited.ts";
import type { PkiIo } from "./types.ts";

export const keyMode = 0o600;
export const certificateMode = 0o644;
const parallelWrites = 16;

export type PkiAction =
  /** A key that must not be lost: refused when something has appeared at its path since it was looked at. */
  | { readonly kind: "create"; readonly path: string; readonly content: Secret<string> }
  | { readonly kind: "write"; readonly path: string; readonly content: string | Secret<string>; readonly mode: number }
  | { readonly kind: "rename"; readonly path: string; readonly to: string };

export type PkiWrites = {
  readonly directory: string;
  /** One list per CA, done one after the other and before all leaves. */
  readonly cas: readonly (readonly PkiAction[])[];
  /** One list per leaf; lists run side by side, each in its order. */
  readonly certificates: readonly (readonly PkiAction[])[];
};

/** Does all of it. After a failure nothing new is begun, and what was under way is waited for. */
export async function performActions(
  writes: PkiWrites,
  options: { readonly io: PkiIo; readonly signal?: AbortSignal | undefined; readonly onDone: () => void },
): Promise<void> {
  const { io, signal, onDone } = options;
  const lists = [...writes.cas, ...writes.certificates].filter((list) => list.length > 0);
  if (lists.length === 0) return;
  const directories = new Set([writes.directory, ...lists.flat().map(({ path }) => dirname(path))]);
  for (const directory of [...directories].toSorted()) await io.makeDirectory(directory, privateDirectory);

  const perform = async (list: readonly PkiAction[]): Promise<void> => {
    for (const action of list) await performAction(action, io);
    onDone();
  };
  await eachLimited(
    writes.cas.filter((list) => list.length > 0),
    { limit: 1, signal },
    perform,
  );
  await eachLimited(
    writes.certificates.filter((list) => list.length > 0),
    { limit: parallelWrites, signal },
    perform,
  );
}

async function performAction(action: PkiAction, io: PkiIo): Promise<void> {
  switch (action.kind) {
    case "create": {
      if ((await io.readFile(action.path)) !== undefined) {
        const reason = "another run has made it in the meantime; run again, one at a time";
        throw new FlexkubeError("PKI_MISMATCH", "a key has appeared while a new one was made", {
          file: action.path,
          reason,
        });
      }
      return io.writeFileAtomic(action.path, Buffer.from(action.content.reveal()), keyMode);
    }
    case "write":
      return io.writeFileAtomic(action.path, Buffer.from(reveal(action.content)), action.mode);
    case "rename":
      return io.rename(action.path, action.to);
  }
}
