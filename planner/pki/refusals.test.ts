// What the PKI refuses to do, and what it never shows, on files in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { isFlexkubeError } from "#shared/errors.ts";
import { newKey } from "./key.ts";
import { memoryPkiIo } from "./memory-pki-io.ts";
import { copyOf, day, existing, leafRequest, putText, run, start, textOf } from "./testing/pki-fixture.ts";

test("a CA whose key is held elsewhere keeps its leaves and has no key to hand out", async () => {
  const io = await existing();
  io.files.delete("pki/etcd/ca.key");

  const prepared = await run(io);

  assert.deepEqual(prepared.changes, []);
  assert.equal(prepared.cas.get("etcd")?.key, undefined);
});

test("a CA whose key is held elsewhere issues nothing: the error names all leaves and what to do", async () => {
  const io = await existing();
  io.files.delete("pki/etcd/ca.key");
  const before = copyOf(io);
  const certificates = [leafRequest("h1", { commonName: "other" }), leafRequest("h2")];

  await assert.rejects(run(io, { certificates }), (error) => {
    assert.ok(isFlexkubeError(error, "PKI_MISMATCH"));
    assert.equal(error.details.file, "pki/etcd/ca.key");
    assert.match(
      error.details.reason,
      /put certificate and key here.*: etcd\/h1 \(its subject differs\), etcd\/h2 \(it does not exist yet\)$/,
    );
    return true;
  });
  assert.deepEqual(copyOf(io), before);
});

test("a leaf that should be renewed by a CA held elsewhere is kept with a warning until it expires", async () => {
  const io = await existing();
  io.files.delete("pki/etcd/ca.key");

  const prepared = await run(io, { now: start + 300 * day });

  assert.deepEqual(prepared.changes, []);
  assert.deepEqual(
    prepared.warnings.map(({ file }) => file),
    ["pki/etcd/h1.crt"],
  );
  await assert.rejects(run(io, { now: start + 366 * day }), { code: "PKI_MISMATCH" });
});

test("a lost CA is not replaced while certificates of it are there", async () => {
  const io = await existing();
  io.files.delete("pki/etcd/ca.crt");
  io.files.delete("pki/etcd/ca.key");
  const before = copyOf(io);

  await assert.rejects(run(io), { code: "PKI_UNREADABLE", message: "a CA is missing whose certificates are in use" });
  assert.deepEqual(copyOf(io), before);
});

for (const name of ["ca", "h1"])
  test(`${name}: a certificate and a key that do not match are an error that names both, and nothing changes`, async () => {
    const io = await existing();
    putText(io, `pki/etcd/${name}.key`, newKey().pem.reveal());
    const before = copyOf(io);

    await assert.rejects(run(io), (error) => {
      assert.ok(isFlexkubeError(error, "PKI_MISMATCH"));
      assert.equal(error.details.file, `pki/etcd/${name}.crt`);
      assert.ok(error.details.reason.includes(`pki/etcd/${name}.key`));
      return true;
    });
    assert.deepEqual(copyOf(io), before);
  });

for (const file of ["ca.crt", "ca.key", "h1.crt", "h1.key"])
  test(`${file}: an unreadable file is an error that names it, and nothing changes`, async () => {
    const io = await existing();
    putText(io, `pki/etcd/${file}`, "");
    const before = copyOf(io);

    await assert.rejects(run(io), (error) => {
      assert.ok(isFlexkubeError(error, "PKI_UNREADABLE"));
      assert.equal(error.details.file, `pki/etcd/${file}`);
      return true;
    });
    assert.deepEqual(copyOf(io), before);
  });

test("a certificate that is no CA is refused as one", async () => {
  const io = await existing();
  putText(io, "pki/etcd/ca.crt", textOf(io, "pki/etcd/h1.crt"));
  putText(io, "pki/etcd/ca.key", textOf(io, "pki/etcd/h1.key"));

  await assert.rejects(run(io), { code: "PKI_MISMATCH", message: "a CA file holds another certificate" });
});

test("no key shows in what is prepared or an error prints", async () => {
  const io = await existing();
  const prepared = await run(io, { now: start + 300 * day });
  const secrets = [...io.files]
    .filter(([path]) => path.endsWith(".key"))
    .map(([path]) => textOf(io, path).split("\n")[1] ?? "");
  putText(io, "pki/etcd/h1.key", textOf(io, "pki/etcd/h1.key").slice(0, 120));
  const error: unknown = await run(io).catch((reason: unknown) => reason);

  const printed = [prepared, error].map(
    (value) => inspect(value, { depth: 20, showHidden: true }) + JSON.stringify(value),
  );
  const shown = [...printed, JSON.stringify([...prepared.cas, ...prepared.certificates]), String(error)].join("\n");

  assert.equal(secrets.length, 2);
  assert.ok(isFlexkubeError(error, "PKI_UNREADABLE"));
  for (const secret of secrets) assert.ok(secret.length === 64 && !shown.includes(secret.slice(0, 32)));
  assert.ok(!shown.includes("PRIVATE KEY"));
});

for (const [what, changes] of [
  ["an id that leaves the directory", { certificates: [leafRequest("h1", { id: "../h1" })] }],
  ["two requests for the same files", { certificates: [leafRequest("h1"), leafRequest("h1")] }],
  ["a leaf in the place of the CA", { certificates: [leafRequest("ca")] }],
  ["an unknown CA", { certificates: [leafRequest("h1", { ca: "other" })] }],
  ["an address that is none", { certificates: [leafRequest("h1", { ipAddresses: ["h1"] })] }],
] as const)
  test(`${what} is a bug that is caught`, async () => {
    await assert.rejects(run(memoryPkiIo(), changes), { code: "INTERNAL_BUG" });
  });

test("a CA's file that others could not read, or that holds its key, is refused", async () => {
  const clean = await existing();
  const [ca, key] = [textOf(clean, "pki/etcd/ca.crt"), textOf(clean, "pki/etcd/ca.key")];
  const der = Buffer.from(ca.split("\n").slice(1, -2).join(""), "base64");
  const reasonOf = async (path: string, bytes: Uint8Array): Promise<string> => {
    const io = await existing();
    io.files.set("pki/etcd/ca.crt", { bytes: Buffer.from(ca), mode: 0o600 });
    io.files.set("pki/etcd/ca.key", { bytes: Buffer.from(key), mode: 0o600 });
    io.files.set(path, { bytes, mode: 0o600 });
    const error: unknown = await run(io).catch((reason: unknown) => reason);
    assert.ok(isFlexkubeError(error, "PKI_UNREADABLE"));
    return error.details.reason;
  };

  assert.match(await reasonOf("pki/etcd/ca.crt", der), /^it is DER, not PEM/);
  assert.match(await reasonOf("pki/etcd/ca.crt", Buffer.from(`\uFEFF${ca}`)), /^it begins with a byte order mark/);
  assert.match(await reasonOf("pki/etcd/ca.crt", Buffer.from(ca + key)), /^it holds a private key/);
  assert.match(
    await reasonOf("pki/etcd/ca.crt", Buffer.from(ca + ca.slice(0, 300))),
    /^it has a PEM block that does not end/,
  );
  assert.match(
    await reasonOf("pki/etcd/ca.crt", Buffer.from(`${ca}${ca.replace(/\n.{64}/, "\n" + "A".repeat(64))}`)),
    /^not a certificate in PEM/,
  );
  assert.match(await reasonOf("pki/etcd/ca.key", Buffer.from(`\uFEFF${key}`)), /^it begins with a byte order mark/);
  assert.match(await reasonOf("pki/etcd/ca.key", Buffer.from(key + key)), /^it holds more than one private key/);
});
