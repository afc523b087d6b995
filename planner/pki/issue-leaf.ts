// A new leaf certificate, and the order of writes that survives a kill anywhere between them.
import { certificateMode, keyMode, type PkiAction } from "./actions.ts";
import type { IssuingAuthority } from "./authority.ts";
import { backdateMs } from "./certificate.ts";
import { endOfLeaf } from "./judge-leaf.ts";
import { newKey, type Key } from "./key.ts";
import type { Leaf } from "./leaf.ts";
import { distinguishedName, leafExtensions } from "./profile.ts";
import { publicKeyOf, signCertificate } from "./sign-certificate.ts";
import type { PkiCertificate } from "./types.ts";

export type IssuedLeaf = PkiCertificate & { readonly actions: readonly PkiAction[] };

/** Issues with the key found when it has no certificate yet; what replaces a certificate gets a new key. */
export function issueLeaf(leaf: Leaf, authority: IssuingAuthority, now: number): IssuedLeaf {
  const reused = leaf.certificate === undefined ? leaf.key : undefined;
  const key = reused ?? newKey();
  const { request } = leaf;
  const publicKey = publicKeyOf(key.object);
  const certificate = signCertificate(
    {
      subject: distinguishedName(request.commonName, request.organization),
      publicKey,
      notBefore: Math.max(now - backdateMs, authority.life.notBefore),
      notAfter: endOfLeaf(request, authority, now),
      extensions: leafExtensions(request, publicKey, authority.keyIdentifier),
    },
    { key: authority.key.object, file: authority.keyFile, subject: authority.subject },
  );
  return { certificate, key: key.pem, actions: issueActions(leaf, { certificate, key, reused: reused !== undefined }) };
}

/** Puts the key of an interrupted replacement where it belongs. */
export function finishActions({ files, interrupted }: Leaf): readonly PkiAction[] {
  return interrupted ? [{ kind: "rename", path: files.nextKey, to: files.key }] : [];
}

type NewPair = { readonly certificate: string; readonly key: Key; readonly reused: boolean };

function issueActions(leaf: Leaf, { certificate, key, reused }: NewPair): readonly PkiAction[] {
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
