// A CA made ready to issue: its key, and its name and key identifier as they stand in its own certificate.
// It loads the X.509 library.
import { FlexkubeError } from "#shared/errors.ts";
import type { IssuingAuthority } from "./authority.ts";
import { type Signer, signerOf } from "./sign-certificate.ts";
import { AsnConvert, Certificate, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier } from "./x509.ts";

export type Issuer = Signer & {
  /** Hexadecimal; unset when the CA's certificate has none. */
  readonly keyIdentifier: string | undefined;
};

/** Throws PKI_MISMATCH for a key of a kind that cannot sign, and for a name that cannot be repeated byte for byte. */
export function issuerOf(authority: IssuingAuthority): Issuer {
  const { certificate, certificateFile, key, keyFile, publicKey } = authority;
  const { extensions = [], subject } = AsnConvert.parse(new Uint8Array(certificate.raw), Certificate).tbsCertificate;
  // Go compares the bytes of the names. The library encodes them anew, so they must be found where the name stands:
  // right before the public key
  const name = Buffer.from(AsnConvert.serialize(subject));
  const expected = Buffer.concat([name, publicKey.export({ type: "spki", format: "der" })]);
  if (!certificate.raw.includes(expected))
    throw new FlexkubeError("PKI_MISMATCH", "a CA's name cannot be repeated byte for byte in what it issues", {
      file: certificateFile,
      reason: "its encoding is unusual; use a CA whose name is UTF8String or PrintableString",
    });
  const found = extensions.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  const keyIdentifier =
    found === undefined
      ? undefined
      : Buffer.from(AsnConvert.parse(found.extnValue, SubjectKeyIdentifier).buffer).toString("hex");
  return { ...signerOf(key.object, keyFile, subject), keyIdentifier };
}
