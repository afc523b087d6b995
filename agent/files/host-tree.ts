// The host's files as the agent reads them. Two ways to get there: mounted-tree.ts (free) and archive-tree.ts.
import type { ObservedPath } from "#shared/state/observed.ts";

export type ObserveOptions = {
  /** Key of content digests (`contentDigest`): the host config's secret `hash-key`. */
  readonly hashKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Paths are absolute on the host, without `.`, `..` and doubled slashes. Links are followed with the host's `/` as root. */
export type HostTree = {
  /** False when reading costs engine calls, so that a tick that changes nothing is no longer free. */
  readonly free: boolean;
  /** What is at each path; `unknown` where that cannot be found out, which says nothing about the other paths. */
  readonly observe: (paths: readonly string[], options?: ObserveOptions) => Promise<ReadonlyMap<string, ObservedPath>>;
  /** Content of a regular file; undefined when there is none. Throws FILES_UNREADABLE, also for more than `maxFileBytes`. */
  readonly readFile: (
    path: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ) => Promise<Uint8Array | undefined>;
  /**
   * Each path without links in it, for writing; what is missing keeps its name. Throws FILES_BLOCKED for a path that
   * leads through something that is no directory, through a link that is not root's, or nowhere.
   */
  readonly realPaths: (
    paths: readonly string[],
    options?: { readonly signal?: AbortSignal | undefined },
  ) => Promise<ReadonlyMap<string, RealPath>>;
};

/** Where a path really is, and whether somebody besides root could change that before something is written there. */
export type RealPath = {
  readonly path: string;
  /** Every directory on the way is root's and writable by nobody else; false when that is not known. */
  readonly isWayGuarded: boolean;
  /** The directory at the path is so too, or nothing is there yet. */
  readonly isGuarded: boolean;
};

/** A larger file cannot be one of ours: its digest says only its size. */
export const maxFileBytes = 16 * 1024 * 1024;

/** Names that a listing holds at most; our own directories have far fewer. */
export const maxEntries = 1000;

/** Digest of a file that is too large to be ours. */
export function tooLargeDigest(size: number): string {
  return `too-large:${size}`;
}
