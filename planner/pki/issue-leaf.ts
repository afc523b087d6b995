// New leaf certificates.
// It loads the X.509 library: import it when there is something to issue only.
import type { PkiAction } from "./actions.ts";
import type { IssuingAuthority } from "./authority.ts";
import { backdateMs } from "./certificate.ts";
import { type Issuer, issuerOf } from "./issuer.ts";
import { endOfLeaf } from "./judge-leaf.ts";
import { newKey } from "./key.ts";
import { issueActions } from "./leaf-actions.ts";
import type { JudgedLeaf, Life } from "./leaf.ts";
import { distinguishedName, leafExtensions } from "./profile.ts";
import { publicKeyOf, signCertificate } from "./sign-certificate.ts";
import type { PkiCertificate } from "./types.ts";

export type IssuedLeaf = PkiCertificate & { readonly life: Life; readonly actions: readonly PkiAction[] };

/**
 * Makes each CA ready once and gives what issues from it, at the time `now`. A key that was found without a certificate
 * is used; what replaces a certificate gets a new key. Throws PKI_MISMATCH for a CA that cannot issue.
 */
export function leafIssuer(now: number): (leaf: JudgedLeaf, authority: IssuingAuthority) => IssuedLeaf {
  const issuers = new Map<string, Issuer>();
  return (leaf, authority) => {
    const issuer = issuers.get(authority.id) ?? issuerOf(authority);
    issuers.set(authority.id, issuer);
    const reused = leaf.certificate === undefined ? leaf.key : undefined;
    const key = reused ?? newKey();
    const { request } = leaf;
    const publicKey = publicKeyOf(key.object);
    const life = {
      notBefore: Math.max(now - backdateMs, authority.life.notBefore),
      notAfter: endOfLeaf(request, authority, now),
    };
    const certificate = signCertificate(
      {
        subject: distinguishedName(request.commonName, request.organization),
        publicKey,
        ...life,
        extensions: leafExtensions(request, publicKey, issuer.keyIdentifier),
      },
      issuer,
    );
    const actions = issueActions(leaf, { certificate, key, reused: reused !== undefined });
    return { certificate, key: key.pem, life, actions };
  };
}
