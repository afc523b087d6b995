// All that the planner's commands touch outside of themselves; built in main.ts.
import type { Clock } from "#shared/clock.ts";
import type { FileIo } from "./io/file-io.ts";
import type { AskRegistry } from "./io/ask-registry.ts";
import type { AskApi } from "./io/https-api.ts";
import type { RunLock } from "./io/run-lock.ts";
import type { PkiIo } from "./pki/types.ts";

export type Effects = {
  readonly files: FileIo;
  readonly pki: PkiIo;
  readonly lock: RunLock;
  readonly clock: Clock;
  /** Unpredictable bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
};

/** What the program itself has besides. */
export type ProgramEffects = Effects & { readonly askApi: AskApi; readonly askRegistry: AskRegistry };
