// What stands in our certificates: names, usages and the extensions that Go, OpenSSL and RFC 5280 ask for.
// It loads the X.509 library: import it where something is issued only.
import { plainAddress } from "./address-bytes.ts";
import type { CertificateRequest } from "./types.ts";
import { usageOids } from "./usage-oids.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
} from "./x509.ts";

/** A name: organizations, if any, before the common name, as Go writes it. */
export function distinguishedName(commonName: string, organization: string | readonly string[] = []): Name {
  const first = [organization].flat().map((each) => ({ O: [{ utf8String: each }] }));
  return new Name([...first, { CN: [{ utf8String: commonName }] }]);
}

/** Extensions of a CA. No path length, so that an intermediate can be put under it later. */
export async function caExtensions(publicKey: Uint8Array<ArrayBuffer>): Promise<readonly Extension[]> {
  return [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    new SubjectKeyIdentifierExtension(await keyIdentifier(publicKey)),
  ];
}

/** Extensions of a leaf; the authority's identifier (hexadecimal) is left out when its certificate has none. */
export async function leafExtensions(
  request: Pick<CertificateRequest, "dnsNames" | "ipAddresses" | "usages">,
  publicKey: Uint8Array<ArrayBuffer>,
  authorityKeyIdentifier: string | undefined,
): Promise<readonly Extension[]> {
  const names = [
    ...unique(request.dnsNames).map((value) => ({ type: "dns", value }) as const),
    ...unique(request.ipAddresses.map(plainAddress)).map((value) => ({ type: "ip", value }) as const),
  ];
  const usages = request.usages.map((usage) => usageOids[usage]).toSorted();
  return [
    digitalSignature,
    ...(usages.length === 0 ? [] : [extendedUsages.get(usages.join(), () => new ExtendedKeyUsageExtension(usages))]),
    noAuthority,
    new SubjectKeyIdentifierExtension(await keyIdentifier(publicKey)),
    ...(authorityKeyIdentifier === undefined
      ? []
      : [authorities.get(authorityKeyIdentifier, () => new AuthorityKeyIdentifierExtension(authorityKeyIdentifier))]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
  ];
}

// what is the same in thousands of certificates is encoded once: the library takes a quarter of a millisecond for each
const digitalSignature = new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true);
const noAuthority = new BasicConstraintsExtension(false, undefined, true);
const extendedUsages = encodedOnce();
const authorities = encodedOnce();

type Encoded = { readonly get: (key: string, make: () => Extension) => Extension };

function encodedOnce(): Encoded {
  const known = new Map<string, Extension>();
  return {
    get: (key, make) => {
      const extension = known.get(key) ?? make();
      known.set(key, extension);
      return extension;
    },
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the key's bit string, hexadecimal. */
async function keyIdentifier(publicKey: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await new PublicKey(publicKey).getKeyIdentifier("SHA-256");
  return Buffer.from(digest, 0, 20).toString("hex");
}
