// Which keys the API servers have encrypted with: their names stand in front of every encrypted value, in a snapshot too.

const mark = Buffer.from("k8s:enc:");
/** `secretbox:v1:key1:` behind the mark; names are those that API servers take. */
const rest = /^[a-z]{1,16}:v[0-9]{1,2}:([A-Za-z0-9._-]{1,253}):/;
/** More than a mark and what stands behind it may have. */
const overlapBytes = 320;

/** Is given a file's bytes piece by piece. What etcd has freed and not yet written over counts too. */
export function encryptionKeyFinder(): {
  readonly take: (piece: Uint8Array) => void;
  /** Sorted. */
  readonly names: () => readonly string[];
} {
  const found = new Set<string>();
  let before: Buffer = Buffer.alloc(0);
  const look = (bytes: Buffer): void => {
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
      const name = rest.exec(bytes.toString("latin1", at + mark.length, at + overlapBytes))?.[1];
      if (name !== undefined) found.add(name);
    }
  };
  return {
    take: (piece) => {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      look(Buffer.concat([before, bytes.subarray(0, overlapBytes)]));
      look(bytes);
      // a copy: the caller may use the memory again
      before = Buffer.concat([before, bytes.subarray(-overlapBytes)]).subarray(-overlapBytes);
    },
    names: () => [...found].toSorted(),
  };
}
