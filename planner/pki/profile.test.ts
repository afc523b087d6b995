// The profile of our certificates, byte for byte: what changes here makes new certificates differ from those in use.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { newKey } from "./key.ts";
import { caExtensions, distinguishedName, leafExtensions } from "./profile.ts";
import { publicKeyOf, signCertificate, signerOf } from "./sign-certificate.ts";
import { leafRequest, start } from "./testing/pki-fixture.ts";
import { AsnConvert, type Extension, SubjectPublicKeyInfo } from "./x509.ts";

/** A P-256 key whose point is not on the curve: nothing here calculates with it. */
const publicKey = AsnConvert.parse(
  Buffer.from(`3059301306072a8648ce3d020106082a8648ce3d03010703420004${"ab".repeat(64)}`, "hex"),
  SubjectPublicKeyInfo,
);

function hex(extensions: readonly Extension[]): readonly string[] {
  return extensions.map((each) => Buffer.from(AsnConvert.serialize(each)).toString("hex"));
}

test("a CA has critical constraints and usages, and an identifier", async () => {
  const extensions = caExtensions(publicKey);

  assert.deepEqual(hex(extensions), [
    "300f0603551d130101ff040530030101ff",
    "300e0603551d0f0101ff040403020106",
    "301d0603551d0e041604148a2c854aa45ce7ef17ba7719a6f59010f549b0e6",
  ]);
});

test("a leaf has usages, constraints, identifiers and sorted names, in this order", async () => {
  const request = leafRequest("h1", { dnsNames: ["h1", "a"], ipAddresses: ["10.0.0.1", "::1"] });

  const extensions = leafExtensions(request, publicKey, "abcd");

  assert.deepEqual(hex(extensions), [
    "300e0603551d0f0101ff040403020780",
    "301d0603551d250416301406082b0601050507030106082b06010505070302",
    "300c0603551d130101ff04023000",
    "301d0603551d0e041604148a2c854aa45ce7ef17ba7719a6f59010f549b0e6",
    "300d0603551d23040630048002abcd",
    "30280603551d110421301f8201618202683187100000000000000000000000000000000187040a000001",
  ]);
});

test("a client without names has no list of names, and one of an unmarked CA no identifier of it", async () => {
  const request = leafRequest("h1", { dnsNames: [], ipAddresses: [], usages: ["client"] });

  const extensions = leafExtensions(request, publicKey, undefined);

  assert.deepEqual(
    extensions.map(({ extnID }) => extnID),
    ["2.5.29.15", "2.5.29.37", "2.5.29.19", "2.5.29.14"],
  );
});

test("names are UTF-8 with the organization first, and take every character as it is", () => {
  const plain = Buffer.from(AsnConvert.serialize(distinguishedName("h1", "o"))).toString("hex");
  const odd = Buffer.from(AsnConvert.serialize(distinguishedName('#0 "ä", \\0a')));

  assert.equal(plain, "3019310a3008060355040a0c016f310b300906035504030c026831");
  assert.ok(odd.includes(Buffer.from('#0 "ä", \\0a')));
});

test("times are whole seconds, as UTCTime until 2049 and GeneralizedTime from 2050 on", async () => {
  const { object } = newKey();
  const name = distinguishedName("ca");
  const life = { notBefore: Date.parse("2049-12-31T23:59:59.999Z"), notAfter: Date.parse("2050-01-01T00:00:00.005Z") };
  const parts = { subject: name, publicKey: publicKeyOf(object), ...life, extensions: [] };

  const { raw } = new X509Certificate(signCertificate(parts, signerOf(object, "ca.key", name)));

  assert.ok(raw.includes(Buffer.from("\x17\x0d491231235959Z\x18\x0f20500101000000Z", "latin1")));
});

test("serial numbers are positive and differ", async () => {
  const { object } = newKey();
  const name = distinguishedName("ca");
  const parts = { subject: name, publicKey: publicKeyOf(object), notBefore: start, notAfter: start, extensions: [] };
  const serials = new Set<string>();

  for (let made = 0; made < 20; made += 1)
    serials.add(new X509Certificate(signCertificate(parts, signerOf(object, "ca.key", name))).serialNumber);

  assert.equal(serials.size, 20);
  assert.ok([...serials].every((serial) => /^[0-9A-F]{1,32}$/.test(serial)));
});
