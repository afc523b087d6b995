// The PKI on a real disk, read by a second pair of eyes: the openssl command.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { memoryPkiIo } from "./memory-pki-io.ts";
import { diskPkiIo } from "./pki-io.ts";
import { preparePki } from "./prepare-pki.ts";
import { leafRequest, optionsFor } from "./testing/pki-fixture.ts";
import type { PkiOptions, PreparedPki } from "./types.ts";

const home = mkdtempSync(join(tmpdir(), "flexkube-pki-"));
after(() => rmSync(home, { recursive: true }));

const found = spawnSync("openssl", ["version"]).status === 0;
const needsOpenssl = { skip: found || process.env["REQUIRE_DOCKER"] === "1" ? false : "openssl is not installed" };

async function runOnDisk(directory: string, changes: Partial<PkiOptions> = {}): Promise<PreparedPki> {
  const prepared = await preparePki({
    ...optionsFor(memoryPkiIo(), changes),
    directory,
    io: diskPkiIo(),
    clock: { now: () => Date.now() },
  });
  await prepared.write();
  return prepared;
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

/** Name, mode, modification time and inode of each file. */
function stateOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const { mode, mtimeNs, ino } = statSync(join(directory, name), { bigint: true });
      return [name, mode, mtimeNs, ino].join(" ");
    });
}

test("keys are for their owner only, whatever the umask and whatever a killed run has left", async () => {
  const directory = join(home, "modes", "pki");
  mkdirSync(join(directory, "etcd"), { recursive: true });
  writeFileSync(join(directory, "etcd", "h1.key.tmp"), "left over", { mode: 0o644 });
  const umask = process.umask(0o077);

  try {
    await runOnDisk(directory);
  } finally {
    process.umask(umask);
  }

  assert.deepEqual(
    ["ca.crt", "ca.key", "h1.crt", "h1.key"].map((name) => modeOf(join(directory, "etcd", name))),
    ["644", "600", "644", "600"],
  );
  assert.deepEqual(readdirSync(join(directory, "etcd")).toSorted(), ["ca.crt", "ca.key", "h1.crt", "h1.key"]);
});

test("new directories are closed to others, and a second run touches nothing", async () => {
  const directory = join(home, "again", "pki");
  await runOnDisk(directory);
  const before = stateOf(directory);

  const prepared = await runOnDisk(directory);

  assert.deepEqual([modeOf(directory), modeOf(join(directory, "etcd"))], ["700", "700"]);
  assert.deepEqual(prepared.changes, []);
  assert.deepEqual(stateOf(directory), before);
});

test("a directory in the place of a file, and a file in the place of a directory, are named", async () => {
  const directory = join(home, "odd");
  mkdirSync(join(directory, "etcd", "h1.crt"), { recursive: true });
  writeFileSync(join(home, "file"), "");

  await assert.rejects(runOnDisk(directory), { code: "PKI_UNREADABLE" });
  await assert.rejects(diskPkiIo().makeDirectory(join(home, "file", "etcd"), 0o700), { code: "PKI_UNWRITABLE" });
});

test("openssl verifies the chain strictly, for the usages wanted and no others", needsOpenssl, async () => {
  const directory = join(home, "strict");
  await runOnDisk(directory, {
    certificates: [leafRequest("both"), leafRequest("client", { usages: ["client"], dnsNames: [], ipAddresses: [] })],
  });
  const verify = (name: string, purpose: string): boolean =>
    spawnSync("openssl", [
      "verify",
      "-x509_strict",
      "-purpose",
      purpose,
      "-CAfile",
      join(directory, "etcd", "ca.crt"),
      join(directory, "etcd", name),
    ]).status === 0;

  assert.ok(verify("both.crt", "sslserver") && verify("both.crt", "sslclient"));
  assert.ok(verify("client.crt", "sslclient") && !verify("client.crt", "sslserver"));
});

test("openssl reads the names, usages and identifiers that were meant", needsOpenssl, async () => {
  const directory = join(home, "text");
  const request = leafRequest("h1", {
    commonName: "system:node:h1",
    organization: "system:nodes",
    dnsNames: ["h1", "h1.example.org"],
  });
  await runOnDisk(directory, { certificates: [request] });
  const text = (name: string): string =>
    execFileSync("openssl", ["x509", "-noout", "-text", "-in", join(directory, "etcd", name)], {
      encoding: "utf8",
    }).replaceAll(/\s+/g, " ");

  const leaf = text("h1.crt");
  assert.match(leaf, /Version: 3 .* Signature Algorithm: ecdsa-with-SHA256 Issuer: CN ?= ?etcd-ca /);
  assert.match(leaf, /Subject: O ?= ?system:nodes, CN ?= ?system:node:h1 .* NIST CURVE: P-256 /);
  assert.match(
    leaf,
    /Key Usage: critical Digital Signature X509v3 Extended Key Usage: TLS Web Server Authentication, TLS Web Client Authentication /,
  );
  assert.match(leaf, /Basic Constraints: critical CA:FALSE /);
  assert.match(
    leaf,
    /Alternative Name: DNS:h1, DNS:h1.example.org, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1, IP Address:127.0.0.1 /,
  );
  const ca = text("ca.crt");
  assert.match(ca, /Basic Constraints: critical CA:TRUE X509v3 Key Usage: critical Certificate Sign, CRL Sign /);
  assert.equal(
    /Authority Key Identifier: (?:keyid:)?([0-9A-F:]{59})/.exec(leaf)?.[1],
    /Subject Key Identifier: ([0-9A-F:]{59})/.exec(ca)?.[1],
  );
});

test("a key and a CA made by openssl are taken as they are", needsOpenssl, async () => {
  const directory = join(home, "brought");
  mkdirSync(join(directory, "etcd"), { recursive: true });
  const file = (name: string): string => join(directory, "etcd", name);
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/C=XX/O=Example/CN=Example CA",
      "-days",
      "3650",
      "-keyout",
      file("ca.key"),
      "-out",
      file("ca.crt"),
    ],
    { stdio: "ignore" },
  );
  execFileSync("openssl", ["ecparam", "-genkey", "-name", "prime256v1", "-out", file("h1.key")]);
  const before = ["ca.key", "ca.crt", "h1.key"].map((name) => readFileSync(file(name), "utf8"));

  const prepared = await runOnDisk(directory);

  assert.deepEqual(prepared.changes, [{ id: "etcd/h1", cause: "its key is there without a certificate" }]);
  assert.deepEqual(
    ["ca.key", "ca.crt", "h1.key"].map((name) => readFileSync(file(name), "utf8")),
    before,
  );
  assert.equal(spawnSync("openssl", ["verify", "-CAfile", file("ca.crt"), file("h1.crt")]).status, 0);
});
