// Marks of what a cluster rests on: the same CA, key pair or encryption key has the same mark, and no mark tells a key.
import { createPublicKey, X509Certificate } from "node:crypto";
import { contentDigest } from "#shared/canonical.ts";
import { pemBlocks } from "#shared/pem.ts";

/** One for each certificate of a CA's file, the issuing one first. A CA whose certificate was made again keeps its mark. */
export function authorityMarks(pem: string): readonly string[] {
  return blocksOf(pem, "CERTIFICATE", (text) => {
    const { subject, publicKey } = new X509Certificate(text);
    return authorityMark(subject, publicKey.export({ type: "spki", format: "der" }));
  });
}

/** `subject` as node:crypto shows it. */
export function authorityMark(subject: string, spki: Uint8Array): string {
  return contentDigest(`${subject}\n${Buffer.from(spki).toString("base64")}`);
}

/** One for each public key of a file. */
export function pairMarks(pem: string): readonly string[] {
  return blocksOf(pem, "PUBLIC KEY", pairMark);
}

/** The mark of a key pair, of its public or its private key in PEM. */
export function pairMark(pem: string): string {
  return contentDigest(createPublicKey(pem).export({ type: "spki", format: "der" }));
}

/** One for each key that encrypts, the writing one first; keyed, since such a key could be tried against a plain digest. */
export function encryptionMarks(keys: readonly { readonly secret: string }[], hashKey: string): readonly string[] {
  return keys.map(({ secret }) => contentDigest(secret, hashKey));
}

/** As `openssl x509 -fingerprint -sha256` begins. */
export function fingerprintOf(pem: string): string {
  const [first] = pemBlocks(pem);
  try {
    return `SHA-256 ${new X509Certificate(first?.text ?? "").fingerprint256.slice(0, 23)}...`;
  } catch {
    return "unreadable";
  }
}

/** What cannot be read has no mark, and proves nothing. */
function blocksOf(pem: string, kind: string, mark: (text: string) => string): readonly string[] {
  return pemBlocks(pem).flatMap((block) => {
    if (block.kind !== kind) return [];
    try {
      return [mark(block.text)];
    } catch {
      return [];
    }
  });
}
