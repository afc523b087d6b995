// An X.509 certificate from its parts, signed: RFC 5280, version 3.
// It must not decide what goes into a certificate; profile.ts does. It loads the X.509 library.
import { createPublicKey, randomBytes, type KeyObject, type webcrypto } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { toPem } from "./pem.ts";
import { type Extension, type Name, X509CertificateGenerator } from "./x509.ts";

export type Signer = {
  readonly key: webcrypto.CryptoKey;
  /** Name of the digest that is signed. */
  readonly hash: string;
  /** The issuer's name, which its bytes in the certificate are made from. */
  readonly name: Name;
};

export type CertificateParts = {
  readonly subject: Name;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970; whole seconds are kept. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
};

/** The certificate in PEM, with a random serial number of 128 bits. */
export async function signCertificate(parts: CertificateParts, { key, hash, name }: Signer): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString("hex"),
    subject: parts.subject,
    issuer: name,
    notBefore: wholeSeconds(parts.notBefore),
    notAfter: wholeSeconds(parts.notAfter),
    publicKey: parts.publicKey,
    extensions: [...parts.extensions],
    signingKey: key,
    signingAlgorithm: { name: key.algorithm.name, hash },
  });
  return toPem("CERTIFICATE", new Uint8Array(certificate.rawData));
}

/** A CA's key made ready to sign. Throws PKI_MISMATCH for one of a kind that cannot. `file` is where it is. */
export function signerOf(key: KeyObject, file: string, name: Name): Signer {
  const { algorithm, hash } = algorithmOf(key, file);
  return { key: key.toCryptoKey(algorithm, false, ["sign"]), hash, name };
}

/** DER of the SubjectPublicKeyInfo that belongs to a private key. */
export function publicKeyOf(key: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
}

/** RFC 5280 has no fractions of seconds; the library would write them from 2050 on. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

type SigningAlgorithm = {
  readonly algorithm: webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams;
  readonly hash: string;
};

/** Ours are P-256; a CA brought by the user may be any of these. */
function algorithmOf(key: KeyObject, file: string): SigningAlgorithm {
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  switch (kind) {
    case "prime256v1":
      return { algorithm: { name: "ECDSA", namedCurve: "P-256" }, hash: "SHA-256" };
    case "secp384r1":
      return { algorithm: { name: "ECDSA", namedCurve: "P-384" }, hash: "SHA-384" };
    case "secp521r1":
      return { algorithm: { name: "ECDSA", namedCurve: "P-521" }, hash: "SHA-512" };
    case "rsa":
      return { algorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, hash: "SHA-256" };
    default:
      throw new FlexkubeError("PKI_MISMATCH", "a CA key is of a kind that cannot sign here", {
        file,
        reason: `${kind ?? "unknown"} key; use ECDSA P-256, P-384, P-521 or RSA`,
      });
  }
}
