// The certificate by which the caller knows this process: for this run alone, signed by itself, told in the handshake. It is an authority,
// as the caller's own is: who checks it has nothing above it.
import { generateKeyPairSync } from "node:crypto";
import { distinguishedName } from "#planner/pki/profile.ts";
import { publicKeyOf, signCertificate, signerOf } from "#planner/pki/sign-certificate.ts";
import { usageOids } from "#planner/pki/usage-oids.ts";
import {
  AsnConvert,
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  KeyUsageFlags,
  OctetString,
  SubjectAlternativeName,
} from "#planner/pki/x509.ts";

const name = "localhost";
/** A run takes minutes; the caller's clock is this one. */
const lifeMs = 7 * 24 * 3_600_000;
const backdateMs = 60_000;

/** Both in PEM. `now`: epoch milliseconds. */
export function ownCertificate(now: number): { readonly certificate: string; readonly key: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = distinguishedName(name);
  const publicKey = publicKeyOf(privateKey);
  const parts = { subject, publicKey, notBefore: now - backdateMs, notAfter: now + lifeMs, extensions };
  return {
    certificate: signCertificate(parts, signerOf(privateKey, "own key", subject)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const extensions = [
  extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
  extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign), true),
  extension(id_ce_extKeyUsage, new ExtendedKeyUsage([usageOids.server, usageOids.client]), false),
  extension(id_ce_subjectAltName, new SubjectAlternativeName([new GeneralName({ dNSName: name })]), false),
];

function extension(extnID: string, value: object, critical: boolean): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}
