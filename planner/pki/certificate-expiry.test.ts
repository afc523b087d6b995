// The end of a bundle's validity.
import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateExpiry } from "./certificate-expiry.ts";
import { day, existing, start, textOf } from "./testing/pki-fixture.ts";

test("a bundle ends with the first of its certificates, whatever their order", async () => {
  const io = await existing();
  const [ca, leaf] = [textOf(io, "pki/etcd/ca.crt"), textOf(io, "pki/etcd/h1.crt")];

  assert.equal(certificateExpiry(ca), start + 3650 * day);
  assert.equal(certificateExpiry(ca + leaf), start + 365 * day);
  assert.equal(certificateExpiry(leaf + ca), start + 365 * day);
});

test("what holds no certificate, or a broken one, is unreadable and named", () => {
  const broken = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

  assert.throws(() => certificateExpiry("", "x.crt"), {
    code: "PKI_UNREADABLE",
    details: { file: "x.crt", reason: "not a certificate in PEM" },
  });
  assert.throws(() => certificateExpiry(broken), { code: "PKI_UNREADABLE" });
});
