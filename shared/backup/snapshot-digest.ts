// How a snapshot of etcd tells that it is whole: behind its pages stands the SHA-256 of them.

/** Bytes of the digest at the end. */
export const tailBytes = 32;
/** The pages of the database are multiples of it. */
export const sectorBytes = 512;

/** What was found in a file that was read to its end. */
export type SnapshotDigest = {
  readonly bytes: number;
  /** Of the whole file. */
  readonly sha256: string;
  /** The digest at the end is that of what stands before it. */
  readonly isWhole: boolean;
};

/** Whether a file of this size may be a snapshot: etcdctl appends the digest to whole pages. */
export function isSnapshotSize(bytes: number): boolean {
  return bytes > tailBytes && bytes % sectorBytes === tailBytes;
}
