// The files of the state directory by their names, on a file system that may never answer. It must not know what is in them.
import { join } from "node:path";
import type { Patience } from "#agent/files/patience.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { FlexkubeError } from "#shared/errors.ts";
import type { StateFile } from "./state-files.ts";
import { readText, removeFile, replaceFile, unwritable } from "./atomic-file.ts";

export type PatientFiles = {
  /** Undefined when there is none, and for what is refused, which is told; `refused`: what it is then taken for. */
  readonly read: (name: StateFile, otherwise?: { readonly refused: string | undefined }) => Promise<string | undefined>;
  /** Throw FILES_UNWRITABLE. */
  readonly replace: (name: StateFile, content: string) => Promise<void>;
  readonly remove: (name: StateFile) => Promise<void>;
  readonly write: (name: StateFile, act: (path: string) => Promise<void>) => Promise<void>;
  /** What a look at the directory resolves to, or else when its file system does not answer. */
  readonly look: <Result>(act: () => Promise<Result>, refused: (reason: string) => Result) => Promise<Result>;
};

export type PatientFilesOptions = {
  readonly directory: string;
  readonly patience: Pick<Patience, "run">;
  /** Told of each read that the system refuses. */
  readonly tell?: ((error: FlexkubeError<"FILES_UNREADABLE">) => void) | undefined;
};

/** A write waits until a disk has it, and that one may be busy. */
const writeLimitMs = 10_000;

export function createPatientFiles({ directory, patience, tell = () => undefined }: PatientFilesOptions): PatientFiles {
  const patiently = async <Result>(
    path: string,
    act: (path: string) => Promise<Result>,
    limitMs?: number,
  ): Promise<Result> => patience.run(directory, async () => act(path), { path, limitMs });
  const write: PatientFiles["write"] = async (name, act) => {
    const path = join(directory, name);
    try {
      await patiently(path, act, writeLimitMs);
    } catch (error) {
      if (!isFlexkubeError(error, "FILES_UNREADABLE")) throw error;
      // its file system does not answer
      throw unwritable(path, new Error(error.details.reason));
    }
  };
  return {
    write,
    replace: async (name, content) => write(name, async (path) => replaceFile(path, content)),
    remove: async (name) => write(name, removeFile),
    read: async (name, otherwise) => {
      try {
        return await patiently(join(directory, name), readText);
      } catch (error) {
        if (!isFlexkubeError(error, "FILES_UNREADABLE")) throw error;
        tell(error);
        return otherwise?.refused;
      }
    },
    look: async (act, refused) => {
      try {
        return await patiently(directory, act);
      } catch (error) {
        if (!isFlexkubeError(error, "FILES_UNREADABLE")) throw error;
        return refused(error.details.reason);
      }
    },
  };
}
