// The room that a restored snapshot takes.

/** etcd allocates this much for a new write-ahead log. */
const logBytes = 64 * 1024 * 1024;

export function restoredBytes(snapshotBytes: number): number {
  return snapshotBytes + logBytes;
}
