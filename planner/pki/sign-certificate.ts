// An X.509 certificate from its parts, signed: RFC 5280, version 3.
// It must not decide what goes into a certificate; profile.ts does. It loads the X.509 library.
import { createPublicKey, randomBytes, sign, type KeyObject } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { toPem } from "./pem.ts";
import {
  AlgorithmIdentifier,
  AsnConvert,
  AsnSerializer,
  BitString,
  type Extension,
  Extensions,
  type Name,
  Sequence,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "./x509.ts";

export type Signer = {
  readonly key: KeyObject;
  /** Name of the digest that is signed. */
  readonly hash: string;
  /** Of its signatures. */
  readonly algorithm: AlgorithmIdentifier;
  /** The issuer's name, which its bytes in the certificate are made from. */
  readonly name: Name;
};

export type CertificateParts = {
  readonly subject: Name;
  /** Of the subject. */
  readonly publicKey: SubjectPublicKeyInfo;
  /** Milliseconds since 1970; whole seconds are kept. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
};

/** The certificate in PEM, with a random serial number of 126 bits. */
export function signCertificate(parts: CertificateParts, { key, hash, algorithm, name }: Signer): string {
  const { subject, publicKey, extensions } = parts;
  const unsigned = AsnSerializer.toASN(
    new TBSCertificate({
      version: Version.v3,
      serialNumber: serialNumber(),
      signature: algorithm,
      issuer: name,
      validity: new Validity({ notBefore: wholeSeconds(parts.notBefore), notAfter: wholeSeconds(parts.notAfter) }),
      subject,
      subjectPublicKeyInfo: publicKey,
      extensions: new Extensions([...extensions]),
    }),
  );
  const signature = new Uint8Array(sign(hash, new Uint8Array(unsigned.toBER()), key)).buffer;
  // what was signed goes in as it is: encoding it anew would take half as long again
  const value = [unsigned, AsnSerializer.toASN(algorithm), new BitString({ valueHex: signature })];
  return toPem("CERTIFICATE", new Uint8Array(new Sequence({ value }).toBER()));
}

/** Positive, and always of the same length. */
function serialNumber(): ArrayBuffer {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.buffer;
}

/** A CA's key made ready to sign. Throws PKI_MISMATCH for one of a kind that cannot. `file` is where it is. */
export function signerOf(key: KeyObject, file: string, name: Name): Signer {
  return { key, ...algorithmOf(key, file), name };
}

/** The public key that belongs to a private key. */
export function publicKeyOf(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(createPublicKey(key).export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);
}

/** RFC 5280 has no fractions of seconds; the library would write them from 2050 on. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

/** The parameters of RFC 4055: NULL. */
const none = new Uint8Array([5, 0]).buffer;

/** Ours are P-256; a CA brought by the user may be any of these (RFC 5758, RFC 4055). */
function algorithmOf(key: KeyObject, file: string): Pick<Signer, "algorithm" | "hash"> {
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  switch (kind) {
    case "prime256v1":
      return { algorithm: new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" }), hash: "sha256" };
    case "secp384r1":
      return { algorithm: new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.3" }), hash: "sha384" };
    case "secp521r1":
      return { algorithm: new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.4" }), hash: "sha512" };
    case "rsa":
      return {
        algorithm: new AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.11", parameters: none }),
        hash: "sha256",
      };
    default:
      throw new FlexkubeError("PKI_MISMATCH", "a CA key is of a kind that cannot sign here", {
        file,
        reason: `${kind ?? "unknown"} key; use ECDSA P-256, P-384, P-521 or RSA`,
      });
  }
}
