import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { testCa, testPeerCertificate, testServerCertificate } from "#shared/expand/testing/test-certificates.ts";
import { certificatesOf } from "#shared/certificates-of.ts";
import { formatPath } from "#shared/document/path.ts";
import { checkPair } from "./check-pair.ts";

const names = { certificate: "c", key: "k", ca: "ca" };
const otherKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

function problems(secrets: Readonly<Record<string, string>>): readonly string[] {
  return checkPair(names, secrets).map(({ path, problem }) => `${formatPath(path)}: ${problem}`);
}

test("a certificate of the CA with both usages is good", () => {
  assert.deepEqual(problems({ c: testServerCertificate, ca: testCa }), []);
});

test("a key of another certificate is told of", () => {
  assert.deepEqual(problems({ c: testServerCertificate, k: otherKey, ca: testCa }), [
    "secrets.k: k does not belong to the certificate c",
  ]);
});

test("a certificate that the CA did not sign, and that lacks usages, is told of", () => {
  assert.deepEqual(problems({ c: testPeerCertificate, ca: testServerCertificate }), [
    "secrets.c: c is not signed by ca",
  ]);
});

test("what cannot be read is told of without its content", () => {
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

  assert.deepEqual(problems({ c: broken, k: "hunter2", ca: testCa }), [
    "secrets.c: c is no PEM certificate",
    "secrets.k: k is no PEM private key",
  ]);
});

test("a bundle gives all its certificates", () => {
  assert.equal(certificatesOf(testCa + testServerCertificate)?.length, 2);
  assert.equal(certificatesOf("nothing"), undefined);
});
