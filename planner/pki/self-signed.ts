// The certificate of a new CA, signed with its own key.
// It loads the X.509 library.
import type { KeyObject } from "node:crypto";
import { durationMs } from "#shared/duration.ts";
import { backdateMs } from "./certificate.ts";
import { caExtensions, distinguishedName } from "./profile.ts";
import { publicKeyOf, signCertificate, signerOf } from "./sign-certificate.ts";
import type { CaRequest } from "./types.ts";

/** In PEM. Throws PKI_MISMATCH for a key of a kind that cannot sign; `file` is where it is. */
export function selfSigned(
  request: CaRequest,
  key: { readonly object: KeyObject; readonly file: string },
  now: number,
): string {
  const subject = distinguishedName(request.commonName);
  const publicKey = publicKeyOf(key.object);
  const notAfter = now + durationMs(request.validity);
  const extensions = caExtensions(publicKey);
  const parts = { subject, publicKey, notBefore: now - backdateMs, notAfter, extensions };
  return signCertificate(parts, signerOf(key.object, key.file, subject));
}
