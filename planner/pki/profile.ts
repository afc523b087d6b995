// What stands in our certificates: names, usages and the extensions that Go, OpenSSL and RFC 5280 ask for.
// It loads the X.509 library: import it where something is issued only.
import { createHash } from "node:crypto";
import { plainAddress } from "./address-bytes.ts";
import type { CertificateRequest } from "./types.ts";
import { usageOids } from "./usage-oids.ts";
import {
  AsnConvert,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  OctetString,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  type SubjectPublicKeyInfo,
} from "./x509.ts";

const organizationName = "2.5.4.10";
const commonNameType = "2.5.4.3";

/** A name: organizations, if any, before the common name, as Go writes it. */
export function distinguishedName(commonName: string, organization: string | readonly string[] = []): Name {
  const first = [organization].flat().map((each) => nameOf(organizationName, each));
  return new Name([...first, nameOf(commonNameType, commonName)]);
}

function nameOf(type: string, utf8String: string): RelativeDistinguishedName {
  const value = new AttributeValue({ utf8String });
  return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })]);
}

/** Extensions of a CA. No path length, so that an intermediate can be put under it later. */
export function caExtensions(publicKey: SubjectPublicKeyInfo): readonly Extension[] {
  return [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
    keyIdentifier(publicKey),
  ];
}

/** Extensions of a leaf; the authority's identifier (hexadecimal) is left out when its certificate has none. */
export function leafExtensions(
  request: Pick<CertificateRequest, "dnsNames" | "ipAddresses" | "usages">,
  publicKey: SubjectPublicKeyInfo,
  authorityKeyIdentifier: string | undefined,
): readonly Extension[] {
  const names = [
    ...unique(request.dnsNames).map((dNSName) => new GeneralName({ dNSName })),
    ...unique(request.ipAddresses.map(plainAddress)).map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const usages = request.usages.map((usage) => usageOids[usage]).toSorted();
  return [
    digitalSignature,
    ...(usages.length === 0 ? [] : [extension(id_ce_extKeyUsage, new ExtendedKeyUsage(usages))]),
    noAuthority,
    keyIdentifier(publicKey),
    ...(authorityKeyIdentifier === undefined ? [] : [authorityOf(authorityKeyIdentifier)]),
    ...(names.length === 0 ? [] : [extension(id_ce_subjectAltName, new SubjectAlternativeName(names))]),
  ];
}

const digitalSignature = extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true);
const noAuthority = extension(id_ce_basicConstraints, new BasicConstraints(), true);

function authorityOf(hex: string): Extension {
  const identifier = new KeyIdentifier(Buffer.from(hex, "hex"));
  return extension(id_ce_authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier: identifier }));
}

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the key's bit string. */
function keyIdentifier({ subjectPublicKey }: SubjectPublicKeyInfo): Extension {
  const digest = createHash("sha256").update(new Uint8Array(subjectPublicKey)).digest();
  return extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(digest.subarray(0, 20)));
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}
