// Certificates brought by the user: what is accepted, and what is said about the rest.
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { reveal, Secret } from "#shared/secret.ts";
import { validateProvided, type Provided } from "./check-provided.ts";
import { newKey } from "./key.ts";
import { caExtensions, distinguishedName, leafExtensions } from "./profile.ts";
import { publicKeyOf, type Signer, signCertificate, signerOf } from "./sign-certificate.ts";
import { day, leafRequest, start } from "./testing/pki-fixture.ts";
import type { Usage } from "./types.ts";

type Name = ReturnType<typeof distinguishedName>;
type Issuer = { readonly key: KeyObject; readonly subject: Name };
type Made = Issuer & { readonly pem: string };

const life = { notBefore: start, notAfter: start + 100 * day };

async function makeCa(name: string, key: KeyObject, issuer?: Issuer): Promise<Made> {
  const subject = distinguishedName(name);
  const publicKey = publicKeyOf(key);
  const parts = { subject, publicKey, ...life, extensions: caExtensions(publicKey) };
  return { key, subject, pem: signCertificate(parts, signer(issuer ?? { key, subject })) };
}

function signer({ key, subject }: Issuer): Signer {
  return signerOf(key, "ca.key", subject);
}

type LeafChoice = { readonly usages?: readonly Usage[]; readonly named?: boolean };

async function makeLeaf(
  issuer: Issuer,
  key: KeyObject,
  { usages = ["server"], named = true }: LeafChoice = {},
): Promise<Made> {
  const subject = distinguishedName("h1");
  const publicKey = publicKeyOf(key);
  const names = named ? {} : { dnsNames: [], ipAddresses: [] };
  const extensions = leafExtensions(leafRequest("h1", { usages, ...names }), publicKey, undefined);
  const pem = signCertificate({ subject, publicKey, ...life, extensions }, signer(issuer));
  return { key, subject, pem };
}

function pemOf(key: KeyObject, type: "pkcs8" | "sec1" | "pkcs1" = "pkcs8"): Secret<string> {
  return new Secret(key.export({ type, format: "pem" }).toString());
}

const root = await makeCa("root", newKey().object);
const leaf = await makeLeaf(root, newKey().object);
const good: Provided = {
  certificate: leaf.pem,
  key: pemOf(leaf.key),
  ca: root.pem,
  purpose: ["server"],
  names: ["localhost", "10.0.0.1", "::1"],
  now: start + day,
};

/** The problems as lines, without their hints. */
function problems(changes: Partial<Provided> = {}): readonly string[] {
  return validateProvided({ ...good, ...changes }).map(({ path, problem }) => `${path} ${problem}`);
}

test("a fitting certificate, key and CA have no problems", () => {
  assert.deepEqual(problems(), []);
  assert.deepEqual(problems({ key: pemOf(leaf.key, "sec1") }), []);
  assert.deepEqual(problems({ certificate: root.pem, key: undefined, purpose: "ca", ca: undefined }), []);
});

test("an RSA key and CA are accepted, PKCS#1 too", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ca = await makeCa("rsa-root", privateKey);
  const certificate = (await makeLeaf(ca, privateKey)).pem;

  assert.deepEqual(problems({ certificate, ca: ca.pem, key: pemOf(privateKey, "pkcs1") }), []);
});

for (const namedCurve of ["P-384", "P-521"])
  test(`a CA with a ${namedCurve} key can sign`, async () => {
    const ca = await makeCa("big", generateKeyPairSync("ec", { namedCurve }).privateKey);

    assert.deepEqual(problems({ certificate: (await makeLeaf(ca, leaf.key)).pem, ca: ca.pem }), []);
  });

test("a CA with an Ed25519 key is refused", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");

  await assert.rejects(makeCa("other", privateKey), { code: "PKI_MISMATCH" });
});

test("a short RSA key is named", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });

  const certificate = (await makeLeaf(root, privateKey)).pem;

  assert.deepEqual(problems({ certificate, key: pemOf(privateKey) }), ["key is an RSA key of 1024 bits"]);
});

test("intermediates lead to the CA in any order, with text around them", async () => {
  const first = await makeCa("first", newKey().object, root);
  const second = await makeCa("second", newKey().object, first);
  const bundle = `subject=h1\n${(await makeLeaf(second, leaf.key)).pem}# more\n${first.pem}${second.pem}`;

  assert.deepEqual(problems({ certificate: bundle }), []);
  assert.deepEqual(problems({ certificate: (await makeLeaf(second, leaf.key)).pem + first.pem }), [
    "certificate is not issued by the given CA: nobody given has issued CN=h1",
  ]);
});

test("a CA of the same name with another key is not the issuer, nor is a leaf", async () => {
  assert.equal(problems({ ca: (await makeCa("root", newKey().object)).pem }).length, 1);
  const below = await makeLeaf(leaf, newKey().object);
  assert.equal(problems({ certificate: below.pem + leaf.pem, key: undefined }).length, 1);
});

test("a certificate that is itself trusted needs no issuer", () => {
  assert.deepEqual(problems({ ca: leaf.pem }), []);
});

test("all problems are told at once", async () => {
  const certificate = (
    await makeLeaf(await makeCa("x", newKey().object), newKey().object, { usages: ["client"], named: false })
  ).pem;

  assert.deepEqual(problems({ certificate, now: start + 101 * day }), [
    "certificate the certificate of CN=h1 has expired at 2027-04-11T00:00:00Z",
    "ca the certificate of CN=root has expired at 2027-04-11T00:00:00Z",
    "certificate must not be used as a server",
    "certificate names no host",
    "key does not belong to the certificate",
    "certificate is not issued by the given CA: nobody given has issued CN=h1",
  ]);
});

test("a certificate from the future and a name it lacks are told", () => {
  assert.deepEqual(problems({ now: start - day, ca: undefined, names: ["h9", "10.9.9.9"] }), [
    "certificate the certificate of CN=h1 is valid only from 2027-01-01T00:00:00Z",
    "certificate is not valid for h9",
    "certificate is not valid for 10.9.9.9",
  ]);
});

test("a CA is no server and a server is no CA", () => {
  const serverIsCa = { certificate: root.pem, key: pemOf(root.key), names: [] };

  assert.deepEqual(problems({ ...serverIsCa, purpose: ["client"] }), ["certificate is a CA certificate"]);
  assert.deepEqual(problems({ purpose: "ca" }), ["certificate is no CA certificate"]);
});

test("what is no certificate is told for what it is", () => {
  const broken = leaf.pem.replace(/\n.{20}/, `\n${"A".repeat(20)}`);

  assert.deepEqual(problems({ certificate: "hello" }), ["certificate holds no certificate"]);
  assert.deepEqual(problems({ certificate: broken }), ["certificate holds a CERTIFICATE block that is broken"]);
  assert.deepEqual(problems({ certificate: leaf.pem + pemOf(leaf.key).reveal() }), ["certificate holds a private key"]);
  assert.deepEqual(problems({ ca: `${root.pem}-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n` }), [
    "ca holds a X509 CRL block",
  ]);
});

test("what is no usable key is told without showing it", () => {
  const encrypted = leaf.key.export({ type: "sec1", format: "pem", cipher: "aes-128-cbc", passphrase: "x" }).toString();
  const pkcs8 = leaf.key.export({ type: "pkcs8", format: "pem", cipher: "aes-128-cbc", passphrase: "x" }).toString();
  const twice = pemOf(leaf.key).reveal().repeat(2);

  assert.deepEqual(problems({ key: new Secret("hello") }), ["key holds no private key in PEM"]);
  assert.deepEqual(problems({ key: new Secret(encrypted) }), ["key cannot be read"]);
  assert.deepEqual(problems({ key: new Secret(pkcs8) }), ["key cannot be read"]);
  assert.deepEqual(problems({ key: new Secret(twice) }), ["key holds more than one private key"]);
});

test("a chain of cross-signed intermediates leads to either root", async () => {
  const other = await makeCa("other root", newKey().object);
  const middle = await makeCa("middle", newKey().object, root);
  const crossed = await makeCa("middle", middle.key, other);
  const end = await makeLeaf(middle, newKey().object);

  for (const chain of [end.pem + middle.pem + crossed.pem, end.pem + crossed.pem + middle.pem])
    for (const ca of [root.pem, other.pem])
      assert.deepEqual(problems({ certificate: chain, key: pemOf(end.key), ca }), []);
});

test("what Go's reader would pass over is told at its file", () => {
  const key = pemOf(leaf.key);

  assert.deepEqual(problems({ certificate: `\uFEFF${leaf.pem}` }), ["certificate begins with a byte order mark"]);
  assert.deepEqual(problems({ key: new Secret(`\uFEFF${reveal(key)}`) }), ["key begins with a byte order mark"]);
  assert.deepEqual(problems({ ca: root.pem.trimEnd() + root.pem }), [
    "ca has a BEGIN or END that is not alone on its line, line " + String(root.pem.trimEnd().split("\n").length),
  ]);
  assert.deepEqual(problems({ certificate: leaf.pem.replaceAll("\n", "\r\n"), ca: `root of h1\n${root.pem}` }), []);
});
