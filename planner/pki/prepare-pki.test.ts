// What the PKI makes, keeps and renews, on files in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey, readKey } from "./key.ts";
import { memoryPkiIo } from "./memory-pki-io.ts";
import { preparePki } from "./prepare-pki.ts";
import { distinguishedName, leafExtensions } from "./profile.ts";
import { publicKeyOf, signCertificate, signerOf } from "./sign-certificate.ts";
import {
  certificateAt,
  copyOf,
  day,
  existing,
  hour,
  isPair,
  leafRequest,
  optionsFor,
  putText,
  run,
  start,
  textOf,
} from "./testing/pki-fixture.ts";

test("the first run makes CA and leaf, keys only for their owner, and says so", async () => {
  const io = memoryPkiIo();

  const prepared = await run(io);

  assert.deepEqual(prepared.changes, [
    { id: "etcd/ca", cause: "it does not exist yet" },
    { id: "etcd/h1", cause: "it does not exist yet" },
  ]);
  assert.deepEqual(prepared.warnings, []);
  assert.deepEqual([...io.files].map(([path, { mode }]) => `${path} ${mode.toString(8)}`).toSorted(), [
    "pki/etcd/ca.crt 644",
    "pki/etcd/ca.key 600",
    "pki/etcd/h1.crt 644",
    "pki/etcd/h1.key 600",
  ]);
  assert.deepEqual(
    [...io.directories],
    [
      ["pki", 0o700],
      ["pki/etcd", 0o700],
    ],
  );
});

test("what is prepared is what is written", async () => {
  const io = memoryPkiIo();

  const prepared = await run(io);

  assert.equal(prepared.cas.get("etcd")?.certificate, textOf(io, "pki/etcd/ca.crt"));
  assert.equal(prepared.cas.get("etcd")?.key?.reveal(), textOf(io, "pki/etcd/ca.key"));
  assert.equal(prepared.certificates.get("etcd/h1")?.certificate, textOf(io, "pki/etcd/h1.crt"));
  assert.equal(prepared.certificates.get("etcd/h1")?.key.reveal(), textOf(io, "pki/etcd/h1.key"));
});

test("a leaf has the wanted names and usages, begins an hour ago and is signed by its CA", async () => {
  const io = await existing();

  const leaf = certificateAt(io, "pki/etcd/h1.crt");
  const ca = certificateAt(io, "pki/etcd/ca.crt");
  assert.equal(leaf.subject, "CN=h1");
  assert.equal(
    leaf.subjectAltName,
    "DNS:localhost, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1, IP Address:127.0.0.1",
  );
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  assert.equal(leaf.validFromDate.getTime(), start - hour);
  assert.equal(leaf.validToDate.getTime(), start + 365 * day);
  assert.equal(ca.validToDate.getTime(), start + 3650 * day);
  assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey) && !leaf.ca && ca.ca);
});

test("preparing writes nothing", async () => {
  const io = memoryPkiIo(({ call }) => assert.equal(call, "read"));

  const prepared = await preparePki(optionsFor(io));

  assert.equal(prepared.changes.length, 2);
  assert.equal(io.files.size, 0);
});

test("a second run finds all in order and touches nothing", async () => {
  const writes: string[] = [];
  const io = memoryPkiIo(({ call, path }) => void (call === "read" || writes.push(path)));
  await run(io);
  const before = writes.length;

  const prepared = await run(io, { now: start + 200 * day });

  assert.deepEqual(prepared.changes, []);
  assert.equal(writes.length, before);
});

test("writing twice writes once", async () => {
  const io = memoryPkiIo();
  const prepared = await preparePki(optionsFor(io));
  await prepared.write();
  const before = copyOf(io);

  await prepared.write();

  assert.deepEqual(copyOf(io), before);
});

test("a leaf is renewed with a new key when two thirds of its life are over", async () => {
  const io = await existing();
  const key = textOf(io, "pki/etcd/h1.key");
  const ca = textOf(io, "pki/etcd/ca.key");

  const early = await run(io, { now: start + 243 * day });
  const prepared = await run(io, { now: start + 244 * day });

  assert.deepEqual(early.changes, []);
  assert.deepEqual(prepared.changes, [{ id: "etcd/h1", cause: "two thirds of its life are over" }]);
  assert.notEqual(textOf(io, "pki/etcd/h1.key"), key);
  assert.equal(textOf(io, "pki/etcd/ca.key"), ca);
  assert.ok(isPair(io, "pki/etcd/h1"));
  assert.ok(!io.files.has("pki/etcd/h1.key.next"));
});

const differences: readonly (readonly [string, Parameters<typeof leafRequest>[1], string])[] = [
  ["another name", { dnsNames: ["localhost", "h1"] }, "its names differ: +DNS:h1"],
  [
    "another address",
    { ipAddresses: ["127.0.0.1", "10.0.0.2", "::1"] },
    "its names differ: +IP Address:10.0.0.2 -IP Address:10.0.0.1",
  ],
  ["another common name", { commonName: "h2" }, "its subject differs"],
  ["an organization", { organization: "system:nodes" }, "its subject differs"],
  ["fewer usages", { usages: ["server"] }, "its usages differ: -1.3.6.1.5.5.7.3.2"],
];
for (const [what, change, cause] of differences)
  test(`${what} has the leaf issued anew, once`, async () => {
    const io = await existing();
    const certificates = [leafRequest("h1", change)];

    const prepared = await run(io, { certificates });
    const again = await run(io, { certificates });

    assert.deepEqual(prepared.changes, [{ id: "etcd/h1", cause }]);
    assert.deepEqual(again.changes, []);
  });

test("the order and notation of names and addresses does not matter, nor another validity", async () => {
  const io = await existing({
    certificates: [leafRequest("h1", { dnsNames: ["a", "b"], ipAddresses: ["2001:db8::1", "10.0.0.1"] })],
  });

  const same = leafRequest("h1", {
    dnsNames: ["b", "a", "a"],
    ipAddresses: ["10.0.0.1", "2001:DB8:0::0.0.0.1"],
    validity: "100h",
  });
  const prepared = await run(io, { certificates: [same] });

  assert.deepEqual(prepared.changes, []);
});

test("a leaf of another CA is issued anew", async () => {
  const io = await existing();
  const other = await existing();
  putText(io, "pki/etcd/h1.crt", textOf(other, "pki/etcd/h1.crt"));
  putText(io, "pki/etcd/h1.key", textOf(other, "pki/etcd/h1.key"));

  const prepared = await run(io);

  assert.deepEqual(prepared.changes, [{ id: "etcd/h1", cause: "it was issued by another CA" }]);
});

test("a leaf that only names its CA, with a signature of another key, is issued anew", async () => {
  const io = await existing();
  const key = readKey("h1.key", Buffer.from(textOf(io, "pki/etcd/h1.key")));
  const publicKey = publicKeyOf(key.object);
  const forged = signCertificate(
    {
      subject: distinguishedName("h1"),
      publicKey,
      notBefore: start,
      notAfter: start + 365 * day,
      extensions: leafExtensions(leafRequest("h1"), publicKey, undefined),
    },
    signerOf(newKey().object, "other.key", distinguishedName("etcd-ca")),
  );
  putText(io, "pki/etcd/h1.crt", forged);

  const prepared = await run(io);

  assert.deepEqual(prepared.changes, [{ id: "etcd/h1", cause: "it was issued by another CA" }]);
});

test("a key without a certificate is used for the certificate", async () => {
  const io = await existing();
  const keys = ["pki/etcd/ca.key", "pki/etcd/h1.key"].map((path) => textOf(io, path));
  io.files.delete("pki/etcd/ca.crt");
  io.files.delete("pki/etcd/h1.crt");

  const prepared = await run(io);

  assert.deepEqual(
    prepared.changes.map(({ cause }) => cause),
    ["its key is there without a certificate", "its key is there without a certificate"],
  );
  assert.deepEqual(
    ["pki/etcd/ca.key", "pki/etcd/h1.key"].map((path) => textOf(io, path)),
    keys,
  );
  assert.ok(isPair(io, "pki/etcd/ca") && isPair(io, "pki/etcd/h1"));
});

test("a CA certificate made again for its key leaves its certificates in force", async () => {
  const io = await existing();
  const leaf = textOf(io, "pki/etcd/h1.crt");
  io.files.delete("pki/etcd/ca.crt");

  const prepared = await run(io, { now: start + day });

  assert.deepEqual(
    prepared.changes.map(({ id }) => id),
    ["etcd/ca"],
  );
  assert.equal(textOf(io, "pki/etcd/h1.crt"), leaf);
});

test("a leaf whose key is missing gets a new pair", async () => {
  const io = await existing();
  io.files.delete("pki/etcd/h1.key");

  const prepared = await run(io);

  assert.deepEqual(prepared.changes, [{ id: "etcd/h1", cause: "its key is missing" }]);
  assert.ok(isPair(io, "pki/etcd/h1"));
});

test("a CA key that appears between preparing and writing is not overwritten", async () => {
  const io = memoryPkiIo();
  const late = await preparePki(optionsFor(io));
  await run(io);
  const key = textOf(io, "pki/etcd/ca.key");

  await assert.rejects(late.write(), { code: "PKI_MISMATCH" });

  assert.equal(textOf(io, "pki/etcd/ca.key"), key);
  assert.ok(isPair(io, "pki/etcd/ca") && isPair(io, "pki/etcd/h1"));
});

test("what stands behind the first certificate of a file is kept", async () => {
  const io = await existing();
  const bundle = textOf(io, "pki/etcd/ca.crt") + textOf(await existing(), "pki/etcd/ca.crt");
  putText(io, "pki/etcd/ca.crt", bundle);

  const prepared = await run(io);

  assert.deepEqual(prepared.changes, []);
  assert.equal(prepared.cas.get("etcd")?.certificate, bundle);
});

test("an aborted run stops before the next leaf", async () => {
  await assert.rejects(run(memoryPkiIo(), { signal: AbortSignal.abort(new Error("stopped")) }), { message: "stopped" });
});

test("a leaf is renewed after half of its life where the request says so", async () => {
  const certificates = [leafRequest("h1", { renewAfter: "half" })];
  const io = await existing({ certificates });

  const early = await run(io, { certificates, now: start + 182 * day });
  const due = await run(io, { certificates, now: start + 183 * day });

  assert.deepEqual(early.changes, []);
  assert.deepEqual(due.changes, [{ id: "etcd/h1", cause: "half of its life is over" }]);
  // hosts have the old one until they get this split
  assert.equal(due.dates?.end, start + 365 * day);
});
