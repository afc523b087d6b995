// How a snapshot of etcd tells that it is whole: behind its pages stands the SHA-256 of them.
import { createHash } from "node:crypto";

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

/** Is given a file's bytes piece by piece; `size` is what the file system says that it has. */
export function snapshotDigester(size: number): {
  readonly take: (piece: Uint8Array) => void;
  /** Once, after the last piece. */
  readonly digest: () => SnapshotDigest;
} {
  const whole = createHash("sha256");
  const content = createHash("sha256");
  const tail = Buffer.alloc(tailBytes);
  const contentEnd = Math.max(0, size - tailBytes);
  let bytes = 0;
  return {
    take: (piece) => {
      whole.update(piece);
      const inContent = Math.min(piece.length, Math.max(0, contentEnd - bytes));
      content.update(piece.subarray(0, inContent));
      // a file that grows meanwhile goes on behind the tail
      if (inContent < piece.length && bytes < size)
        tail.set(piece.subarray(inContent, size - bytes), bytes + inContent - contentEnd);
      bytes += piece.length;
    },
    digest: () => ({
      bytes,
      sha256: whole.digest("hex"),
      isWhole: bytes === size && isSnapshotSize(bytes) && content.digest().equals(tail),
    }),
  };
}
