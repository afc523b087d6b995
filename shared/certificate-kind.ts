// Kinds of keys and signatures that programs written in Go take, which are fewer than OpenSSL's.
import type { KeyObject, X509Certificate } from "node:crypto";

const curves = ["prime256v1", "secp384r1", "secp521r1"];
const smallestRsa = 1024;
/** DER of the object ids of MD5 and SHA-1 with RSA, DSA and ECDSA: Go verifies no such signature. */
const oldSignatures = ["2a864886f70d010104", "2a864886f70d010105", "2a8648ce380403", "2a8648ce3d0401"];
/** DER of the object id of a field of prime order: a curve by its numbers, where Go wants its name. */
const explicitCurve = "2a8648ce3d0101";

/** Why Go's programs would not use a key, private or public; undefined when they would. */
export function keyKindFault(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ed25519") return undefined;
  if (type === "rsa") {
    const bits = details?.modulusLength ?? 0;
    return bits < smallestRsa ? `is an RSA key of ${bits} bits` : undefined;
  }
  if (type !== "ec") return `is a key of the kind ${type ?? "secret"}`;
  const curve = details?.namedCurve ?? "a curve without a name";
  return curves.includes(curve) ? undefined : `is an ECDSA key on ${curve}`;
}

export const fittingKinds = "ECDSA P-256, P-384 or P-521, RSA of 2048 bits or more, or Ed25519.";

/** Why Go's programs would not use a certificate; undefined when they would. */
export function certificateKindFault(certificate: X509Certificate): string | undefined {
  const fault = keyKindFault(certificate.publicKey);
  if (fault !== undefined) return fault;
  const hex = (text: string): Buffer => Buffer.from(text, "hex");
  if (certificate.publicKey.asymmetricKeyType === "ec" && certificate.raw.includes(hex(explicitCurve)))
    return "has a curve by its parameters, not by its name";
  // a root's own signature is never looked at
  const isOld = oldSignatures.some((oid) => certificate.raw.includes(hex(oid)));
  return isOld && !certificate.checkIssued(certificate) ? "is signed with MD5 or SHA-1" : undefined;
}
