// The order of writes of a leaf that survives a kill anywhere between them.
// Pure: it must not read, make or write anything.
import { certificateMode, keyMode, type PkiAction } from "./actions.ts";
import type { Key } from "./key.ts";
import type { JudgedLeaf } from "./leaf.ts";

export type NewPair = {
  readonly certificate: string;
  readonly key: Key;
  /** The key was there already, without a certificate. */
  readonly reused: boolean;
};

/** Puts the key of an interrupted replacement where it belongs. */
export function finishActions({ files, interrupted }: JudgedLeaf): readonly PkiAction[] {
  return interrupted ? [{ kind: "rename", path: files.nextKey, to: files.key }] : [];
}

/** Puts a new pair in the place of what is there. */
export function issueActions(leaf: JudgedLeaf, { certificate, key, reused }: NewPair): readonly PkiAction[] {
  const { files } = leaf;
  const writeCertificate: PkiAction = {
    kind: "write",
    path: files.certificate,
    content: certificate,
    mode: certificateMode,
  };
  const writeKey = (path: string): PkiAction => ({ kind: "write", path, content: key.pem, mode: keyMode });
  if (reused) return [writeCertificate];
  if (leaf.certificate === undefined) return [writeKey(files.key), writeCertificate];
  // the old pair stays whole until the certificate is replaced; from then on the new key is found at its temporary name
  return [
    ...finishActions(leaf),
    writeKey(files.nextKey),
    writeCertificate,
    { kind: "rename", path: files.nextKey, to: files.key },
  ];
}
