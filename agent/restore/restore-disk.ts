// A member's data directory as a restore changes it. Each operation is one that a kill or a power cut may follow.
import type { Owner } from "#shared/state/desired.ts";

/** Paths are below the data directory, without a slash before them. Throws what the system says. */
export type RestoreDisk = {
  readonly exists: (path: string) => boolean;
  /** Of the snapshot as it is now. */
  readonly snapshotStamp: () => string;
  /** Of the snapshot, hexadecimal: reads all of it. */
  readonly snapshotDigest: () => string;
  /** A directory; that it is there already is fine. Lasts. */
  readonly make: (path: string, owner: Owner) => void;
  /** An empty file; lasts. */
  readonly mark: (path: string, owner: Owner) => void;
  /** A tree with all in it goes to this owner, and what is in it lasts. */
  readonly own: (path: string, owner: Owner) => void;
  /** To a name that is free. Lasts. */
  readonly rename: (from: string, to: string) => void;
  /** A whole tree; nothing there is fine. Lasts. */
  readonly remove: (path: string) => void;
};
