// One key that is wanted: where it lies, and what was found or made.
import { FlexkubeError } from "#shared/errors.ts";
import type { PkiAction } from "./actions.ts";
import type { PkiIo } from "./types.ts";

/** What is there of one request, and what `write` does about it. */
export type PreparedKey<Value> = {
  readonly value: Value;
  readonly cause: string | undefined;
  readonly actions: readonly PkiAction[];
};

export type KeyPlace = {
  readonly directory: string;
  readonly id: string;
  readonly io: PkiIo;
  /** Made before: when it is not there now, it was lost. */
  readonly isLost: boolean;
};

/** Says that a key that is in use is not there. */
export function lostKey(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("PKI_UNREADABLE", "a key is missing that is in use", { file, reason });
}
