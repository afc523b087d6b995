// Our certificates beside those that the whole X.509 library makes of the same parts.
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate as Parsed } from "node:crypto";
import { test } from "node:test";
// The library asks for it while it loads.
// oxlint-disable-next-line import/no-unassigned-import -- what it adds has no name to import
import "reflect-metadata";
import * as library from "@peculiar/x509";
import fc from "fast-check";
import { newKey } from "./key.ts";
import { distinguishedName, leafExtensions } from "./profile.ts";
import { publicKeyOf, signCertificate, signerOf } from "./sign-certificate.ts";
import { AsnConvert } from "./x509.ts";

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const ec = (namedCurve: string, hash: string) => ({ name: "ECDSA", namedCurve, hash }) as const;
const issuers = [
  { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey, algorithm: rsa },
  { key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey, algorithm: ec("P-256", "SHA-256") },
  { key: generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey, algorithm: ec("P-384", "SHA-384") },
  { key: generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey, algorithm: ec("P-521", "SHA-512") },
] as const;
const keys: readonly KeyObject[] = [newKey().object, newKey().object, issuers[0].key, issuers[3].key];

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);
const name = fc.oneof(
  label,
  fc.string({ minLength: 1, maxLength: 8, unit: "binary" }).filter((text) => text.isWellFormed()),
);
const parts = fc.record({
  commonName: name,
  organization: fc.array(name, { maxLength: 3 }),
  dnsNames: fc.array(label, { maxLength: 4 }),
  ipAddresses: fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 4 }),
  usages: fc.subarray(["server", "client"] as const),
  notBefore: fc.integer({ min: Date.parse("2025-01-01T00:00:00Z"), max: Date.parse("2060-01-01T00:00:00Z") }),
  life: fc.integer({ min: 0, max: 30 * 365 * 86_400_000 }),
  authority: fc.option(fc.stringMatching(/^(?:[0-9a-f]{2}){1,20}$/), { nil: undefined }),
  issuer: fc.constantFrom(...issuers),
  key: fc.constantFrom(...keys),
});

test("what is signed is byte for byte what the library would sign", async () => {
  await fc.assert(
    fc.asyncProperty(parts, async ({ issuer: { key: caKey, algorithm }, key, commonName, organization, ...about }) => {
      const subject = distinguishedName(commonName, organization);
      const issuer = distinguishedName("demo-ca");
      const life = { notBefore: about.notBefore, notAfter: about.notBefore + about.life };
      const publicKey = publicKeyOf(key);
      const extensions = leafExtensions(about, publicKey, about.authority);

      const ours = new Parsed(
        signCertificate({ subject, publicKey, ...life, extensions }, signerOf(caKey, "ca.key", issuer)),
      );

      const theirs = await library.X509CertificateGenerator.create({
        serialNumber: ours.serialNumber,
        subject: new library.Name(AsnConvert.serialize(subject)),
        issuer: new library.Name(AsnConvert.serialize(issuer)),
        notBefore: new Date(Math.floor(life.notBefore / 1000) * 1000),
        notAfter: new Date(Math.floor(life.notAfter / 1000) * 1000),
        publicKey: new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" })),
        extensions: extensions.map((each) => new library.Extension(AsnConvert.serialize(each))),
        signingKey: caKey.toCryptoKey(algorithm, false, ["sign"]),
        signingAlgorithm: algorithm,
      });
      const expected = new Uint8Array(theirs.rawData);
      // signatures of elliptic curves differ each time; all else does not
      const length = algorithm === rsa ? expected.length : signedLength(expected);
      const start = algorithm === rsa ? 0 : 4;
      assert.equal(ours.raw.toString("hex", start, length), Buffer.from(expected).toString("hex", start, length));
      assert.ok(ours.verify(createPublicKey(caKey)));
    }),
    { numRuns: 60 },
  );
});

test("the extensions are those that the library makes of the same values", async () => {
  await fc.assert(
    fc.asyncProperty(parts, async ({ key, authority, ...about }) => {
      const publicKey = publicKeyOf(key);

      const found = leafExtensions(about, publicKey, authority).map((each) => bytesOf(AsnConvert.serialize(each)));

      const digest = await new library.PublicKey(spkiOf(key)).getKeyIdentifier("SHA-256");
      const identifier = new library.SubjectKeyIdentifierExtension(Buffer.from(digest, 0, 20).toString("hex"));
      const usages = { digitalSignature: new library.KeyUsagesExtension(library.KeyUsageFlags.digitalSignature, true) };
      assert.ok(found.includes(bytesOf(identifier.rawData)));
      assert.ok(found.includes(bytesOf(usages.digitalSignature.rawData)));
      assert.ok(found.includes(bytesOf(new library.BasicConstraintsExtension(false, undefined, true).rawData)));
      if (authority === undefined) return;
      assert.ok(found.includes(bytesOf(new library.AuthorityKeyIdentifierExtension(authority).rawData)));
    }),
    { numRuns: 40 },
  );
});

function spkiOf(key: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
}

function bytesOf(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString("hex");
}

/** Where the signature's value begins: behind the signed part and the algorithm, whose lengths have two bytes and one. */
function signedLength(certificate: Uint8Array): number {
  const signed = 4 + 4 + Buffer.from(certificate).readUInt16BE(6);
  return signed + 2 + (certificate[signed + 1] ?? 0);
}
