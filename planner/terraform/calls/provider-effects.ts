// All that the provider touches outside of itself; built in main.ts.
import type { Clock } from "#shared/clock.ts";
import type { FileIo } from "#planner/io/file-io.ts";
import type { RunLock } from "#planner/io/run-lock.ts";
import type { PkiIo } from "#planner/pki/types.ts";

export type ProviderEffects = {
  readonly files: FileIo;
  readonly pki: PkiIo;
  readonly lock: RunLock;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Where the caller stands. */
  readonly workingDirectory: string;
  /** A line for the caller's log. */
  readonly log: (line: string) => void;
};
