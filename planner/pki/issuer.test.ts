// A CA made ready to issue: its name and identifier must be repeated as they stand in its certificate.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import type { MemoryPkiIo } from "./memory-pki-io.ts";
import { toPem } from "./pem.ts";
import { existing, leafRequest, putText, run, textOf } from "./testing/pki-fixture.ts";

/** The name `CN=etcd-ca` in DER. */
const name = Buffer.from(`30123110300e06035504030c07${Buffer.from("etcd-ca").toString("hex")}`, "hex");

/** The CA's certificate with its subject's length written in a longer form, which is BER but not DER. */
function withLongerName(io: MemoryPkiIo): string {
  const { raw } = new X509Certificate(textOf(io, "pki/etcd/ca.crt"));
  const at = raw.lastIndexOf(name);
  assert.notEqual(at, -1);
  const longer = Buffer.concat([raw.subarray(0, at), Buffer.from("308112", "hex"), raw.subarray(at + 2)]);
  // lengths of the certificate and of its signed part, both of two bytes
  for (const offset of [2, 6]) longer.writeUInt16BE(longer.readUInt16BE(offset) + 1, offset);
  return toPem("CERTIFICATE", longer);
}

test("a CA whose name would get other bytes in its certificates issues nothing", async () => {
  const io = await existing({ certificates: [] });
  putText(io, "pki/etcd/ca.crt", withLongerName(io));

  await assert.rejects(run(io, { certificates: [leafRequest("h1")] }), {
    code: "PKI_MISMATCH",
    message: "a CA's name cannot be repeated byte for byte in what it issues",
  });
});

test("a leaf names its CA and its CA's key by the same bytes as the CA's certificate", async () => {
  const io = await existing();

  const leaf = new X509Certificate(textOf(io, "pki/etcd/h1.crt"));

  const ca = new X509Certificate(textOf(io, "pki/etcd/ca.crt"));
  assert.ok(leaf.raw.includes(name));
  assert.ok(leaf.checkIssued(ca));
});
