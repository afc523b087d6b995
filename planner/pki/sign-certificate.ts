// An X.509 certificate from its parts, signed: RFC 5280, version 3.
// It must not decide what goes into a certificate; profile.ts does.
import { createPublicKey, randomBytes, sign, type KeyObject } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { contextTag, der, derBits, derInteger, derOid, derSequence, derTag, derTime } from "./der.ts";
import { toPem } from "./pem.ts";

export type Signer = {
  readonly key: KeyObject;
  /** Where the key is, for the error when it cannot be used. */
  readonly file: string;
  /** DER of the issuer's name, byte for byte as in its own certificate: Go compares these bytes. */
  readonly subject: Uint8Array;
};

export type CertificateParts = {
  /** DER of the name. */
  readonly subject: Uint8Array;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** Milliseconds since 1970; whole seconds are kept. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of each extension. */
  readonly extensions: readonly Uint8Array[];
};

/** The certificate in PEM, with a random serial number of 128 bits. Throws PKI_MISMATCH for a CA key of another kind. */
export function signCertificate(parts: CertificateParts, signer: Signer): string {
  const algorithm = signatureAlgorithm(signer);
  const signed = derSequence(
    der(contextTag(0, true), derInteger(Uint8Array.of(2))),
    derInteger(randomBytes(16)),
    algorithm.identifier,
    signer.subject,
    derSequence(derTime(parts.notBefore), derTime(parts.notAfter)),
    parts.subject,
    parts.publicKey,
    der(contextTag(3, true), derSequence(...parts.extensions)),
  );
  const signature = sign(algorithm.digest, signed, signer.key);
  return toPem("CERTIFICATE", derSequence(signed, algorithm.identifier, derBits(signature)));
}

/** DER of the SubjectPublicKeyInfo that belongs to a private key. */
export function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

type SignatureAlgorithm = { readonly digest: string; readonly identifier: Buffer };

/** Ours are P-256; a CA brought by the user may be any of these. */
function signatureAlgorithm({ key, file }: Signer): SignatureAlgorithm {
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  switch (kind) {
    case "prime256v1":
      return { digest: "sha256", identifier: derSequence(derOid("1.2.840.10045.4.3.2")) };
    case "secp384r1":
      return { digest: "sha384", identifier: derSequence(derOid("1.2.840.10045.4.3.3")) };
    case "secp521r1":
      return { digest: "sha512", identifier: derSequence(derOid("1.2.840.10045.4.3.4")) };
    case "rsa":
      return { digest: "sha256", identifier: derSequence(derOid("1.2.840.113549.1.1.11"), der(derTag.null)) };
    default:
      throw new FlexkubeError("PKI_MISMATCH", "a CA key is of a kind that cannot sign here", {
        file,
        reason: `${kind ?? "unknown"} key; use ECDSA P-256, P-384, P-521 or RSA`,
      });
  }
}
