// What stands in our certificates: names, usages and the extensions that Go, OpenSSL and RFC 5280 ask for.
import { createHash } from "node:crypto";
import { addressBytes, plainAddress } from "./address-bytes.ts";
import { contextTag, der, derBits, derElements, derOid, derSequence, derTag, derText } from "./der.ts";
import type { CertificateRequest, Usage } from "./types.ts";

export const usageOids: Readonly<Record<Usage, string>> = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };

const oid = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** DER of a name: organization, if any, before the common name, as Go writes it. */
export function distinguishedName(commonName: string, organization?: string): Buffer {
  const attribute = (type: string, value: string): Buffer => der(derTag.set, derSequence(derOid(type), derText(value)));
  const first = organization === undefined ? [] : [attribute(oid.organization, organization)];
  return derSequence(...first, attribute(oid.commonName, commonName));
}

/** Extensions of a CA. No path length, so that an intermediate can be put under it later. */
export function caExtensions(publicKey: Uint8Array): readonly Buffer[] {
  const keyCertSignAndCrlSign = 0b0000_0110;
  return [
    critical(oid.basicConstraints, derSequence(der(derTag.boolean, Uint8Array.of(0xff)))),
    critical(oid.keyUsage, derBits(Uint8Array.of(keyCertSignAndCrlSign), 1)),
    extension(oid.subjectKeyIdentifier, der(derTag.octetString, keyIdentifier(publicKey))),
  ];
}

/** Extensions of a leaf; the authority's identifier is left out when its certificate has none. */
export function leafExtensions(
  request: Pick<CertificateRequest, "dnsNames" | "ipAddresses" | "usages">,
  publicKey: Uint8Array,
  authorityKeyIdentifier: Uint8Array | undefined,
): readonly Buffer[] {
  const digitalSignature = 0b1000_0000;
  const names = [
    ...unique(request.dnsNames).map((name) => der(contextTag(2, false), Buffer.from(name, "ascii"))),
    ...unique(request.ipAddresses.map(plainAddress)).map((address) => der(contextTag(7, false), addressBytes(address))),
  ];
  const usages = request.usages.map((usage) => usageOids[usage]).toSorted();
  return [
    critical(oid.keyUsage, derBits(Uint8Array.of(digitalSignature), 7)),
    ...(usages.length === 0 ? [] : [extension(oid.extendedKeyUsage, derSequence(...usages.map(derOid)))]),
    critical(oid.basicConstraints, derSequence()),
    extension(oid.subjectKeyIdentifier, der(derTag.octetString, keyIdentifier(publicKey))),
    ...(authorityKeyIdentifier === undefined
      ? []
      : [extension(oid.authorityKeyIdentifier, derSequence(der(contextTag(0, false), authorityKeyIdentifier)))]),
    ...(names.length === 0 ? [] : [extension(oid.subjectAlternativeName, derSequence(...names))]),
  ];
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

function extension(type: string, value: Uint8Array): Buffer {
  return derSequence(derOid(type), der(derTag.octetString, value));
}

function critical(type: string, value: Uint8Array): Buffer {
  return derSequence(derOid(type), der(derTag.boolean, Uint8Array.of(0xff)), der(derTag.octetString, value));
}

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the key's bit string. */
function keyIdentifier(publicKey: Uint8Array): Buffer {
  const [outer] = derElements(Buffer.from(publicKey));
  const bits = derElements(outer?.content ?? Buffer.alloc(0)).at(-1);
  return createHash("sha256")
    .update(bits?.content.subarray(1) ?? "")
    .digest()
    .subarray(0, 20);
}

/** Name and key identifier of a CA certificate, as they must be repeated in what it issues. */
export function issuerFields(raw: Buffer): { readonly subject: Buffer; readonly keyIdentifier: Buffer | undefined } {
  const [certificate] = derElements(raw);
  const [signed] = derElements(certificate?.content ?? raw);
  const fields = derElements(signed?.content ?? raw).filter(({ tag }) => tag !== contextTag(0, true));
  const [, , , , subject] = fields;
  const wrapped = fields.find(({ tag }) => tag === contextTag(3, true));
  const [list] = derElements(wrapped?.content ?? Buffer.alloc(0));
  const wanted = derOid(oid.subjectKeyIdentifier);
  const found = derElements(list?.content ?? Buffer.alloc(0)).find(({ content }) =>
    content.subarray(0, wanted.length).equals(wanted),
  );
  const value = derElements(found?.content ?? Buffer.alloc(0)).at(-1);
  const [identifier] = derElements(value?.content ?? Buffer.alloc(0));
  return { subject: subject?.raw ?? Buffer.alloc(0), keyIdentifier: identifier?.content };
}
