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
  return {
    take: (piece) => {
      const bytes = Buffer.concat([before, piece]);
      for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
        const text = bytes.toString("latin1", at + mark.length, at + overlapBytes);
        const name = rest.exec(text)?.[1];
        if (name !== undefined) found.add(name);
      }
      // a copy: the caller may use the memory again
      before = Buffer.from(bytes.subarray(-overlapBytes));
    },
    names: () => [...found].toSorted(),
  };
}
