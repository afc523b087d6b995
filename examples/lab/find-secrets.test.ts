import { deepEqual, equal } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { secretForms, secretsIn } from "./find-secrets.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const needles = [
  { name: "key", forms: secretForms(pem) },
  { name: "word", forms: secretForms("correct horse\n") },
];

test("a key is found in a text, in JSON, in one line, and in hexadecimal", () => {
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  const texts = [`a\n${pem}`, JSON.stringify({ pem }), der.toString("base64"), `0x${der.toString("hex")}`];

  for (const text of texts) deepEqual(secretsIn(text, needles), ["key"]);
});

test("a key of one line is found, and not in every text", () => {
  const short = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const one = [{ name: "short", forms: secretForms(short) }];

  deepEqual(secretsIn(`a\n${short}`, one), ["short"]);
  deepEqual(secretsIn("any other text", one), []);
});

test("a word is found as it is and in base64", () => {
  deepEqual(secretsIn(Buffer.from("{correct horse}"), needles), ["word"]);
  deepEqual(secretsIn(Buffer.from("correct horse").toString("base64"), needles), ["word"]);
});

test("a certificate and a public key are no secrets", () => {
  equal(secretForms("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").length, 0);
  equal(secretForms(publicKey.export({ type: "spki", format: "pem" }).toString()).length, 0);
  deepEqual(secretsIn(publicKey.export({ type: "spki", format: "pem" }), needles), []);
});
