// Where a host config comes from, as whoever loads it sees the place.
import type { Place } from "./guard-config.ts";

/** Named as in problems; "-" is standard input. */
export type ConfigSource = Place & {
  /**
   * The text now, that of a sealed one as latin1; undefined when there is nothing to read. `hasConfig`: the host has one without it, so
   * nothing is waited for. Throws CONFIG_UNREADABLE.
   */
  readonly read: (about: { readonly hasConfig: boolean }) => Promise<string | undefined>;
  /** What the last read has found about the file itself. */
  readonly warnings?: (() => readonly string[]) | undefined;
  readonly allowOlder: boolean;
  /** A person takes one that is not sealed. */
  readonly acceptUnsealed?: boolean | undefined;
  /** Further signers that a person has named, public keys in PEM. */
  readonly signers?: readonly string[] | undefined;
  /** Those that are believed while no config is in force. */
  readonly firstSigners?: readonly string[] | undefined;
  /** Others than root on this host may change what is there: only sealed ones are taken, and what else is there is no news. */
  readonly isRemote?: boolean | undefined;
};
