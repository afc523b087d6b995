// Kinds of keys and certificates, each seen with Go 1.26: x509.ParseCertificate, tls.X509KeyPair, and Verify for old signatures.
import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { certificateKindFault, keyKindFault } from "./certificate-kind.ts";

test("the keys that Go takes are taken", () => {
  const keys = [
    ...["P-256", "P-384", "P-521"].map((namedCurve) => generateKeyPairSync("ec", { namedCurve })),
    generateKeyPairSync("rsa", { modulusLength: 1024 }),
    generateKeyPairSync("ed25519"),
  ];

  for (const { privateKey, publicKey } of keys)
    assert.deepEqual([keyKindFault(privateKey), keyKindFault(publicKey)], [undefined, undefined]);
});

test("keys that Go refuses are named", () => {
  const keys = [
    generateKeyPairSync("rsa", { modulusLength: 512 }),
    generateKeyPairSync("rsa-pss", { modulusLength: 2048 }),
    generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
    generateKeyPairSync("ec", { namedCurve: "brainpoolP256r1" }),
    generateKeyPairSync("ed448"),
    generateKeyPairSync("x25519"),
  ];

  assert.deepEqual(
    keys.map(({ privateKey }) => keyKindFault(privateKey)),
    [
      "is an RSA key of 512 bits",
      "is a key of the kind rsa-pss",
      "is an ECDSA key on secp256k1",
      "is an ECDSA key on brainpoolP256r1",
      "is a key of the kind ed448",
      "is a key of the kind x25519",
    ],
  );
});

const signedWithSha1 = `-----BEGIN CERTIFICATE-----
MIIBFDCBvAIUMvuCbRmL3268M0hyqO+ZaQJMD5AwCQYHKoZIzj0EATAMMQowCAYD
VQQDDAF4MCAXDTI2MTEyOTAxNDIzNVoYDzIwNTEwNzIxMDE0MjM1WjAOMQwwCgYD
VQQDDANvbGQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARHkgrWDz6yvEilf8mE
RXeQTXuKzcCO/T7tkKRMto6RL/fSbX3Nyz0OarACkOU+JQBK195r009MVOeEJwdt
nLDtMAkGByqGSM49BAEDSAAwRQIgY6bmNQIu6bknTpnt+Xg6KBLSyRfreGIisAOd
ziiH0tACIQD4oBhN0dcv5HMhuz9TwTIMpujYj7jtlS8eFEN6L5jBLA==
-----END CERTIFICATE-----`;
const explicitParameters = `-----BEGIN CERTIFICATE-----
MIICYzCCAgmgAwIBAgIUXmRWDgDPZcOklNQLIDTjY7MRpzgwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBZTAgFw0yNjExMjkwMTQyMzVaGA8yMDUxMDcyMTAxNDIzNVow
DDEKMAgGA1UEAwwBZTCCAUswggEDBgcqhkjOPQIBMIH3AgEBMCwGByqGSM49AQEC
IQD/////AAAAAQAAAAAAAAAAAAAAAP///////////////zBbBCD/////AAAAAQAA
AAAAAAAAAAAAAP///////////////AQgWsY12Ko6k+ez671VdpiGvGUdBrDMU7D2
O848PifSYEsDFQDEnTYIhucEk2pmeOETnSa3gZ9+kARBBGsX0fLhLEJH+Lzm5WOk
QPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/
UfUCIQD/////AAAAAP//////////vOb6racXnoTzucrC/GMlUQIBAQNCAASaMTaR
bT+WBWja8sIzwwv7JhxKxAJqS3raQqz8FTM7fQKA2W2GipOnKWg4MPVRtdEIBy7e
gSyf7z9Mm4BmTsc0o1MwUTAdBgNVHQ4EFgQUZt1qX0ygbJ60JKzgQkMuGZoKliQw
HwYDVR0jBBgwFoAUZt1qX0ygbJ60JKzgQkMuGZoKliQwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiAhFwy0C9wSpkBMpoLYq8I0NLNTCBXYT3eEsR/v
/rt6IgIhAI3Z/JBApOZZPo90TT/ZREFYrCR1V+pEdf/DTlsypkh0
-----END CERTIFICATE-----`;

test("a certificate with an old signature, and one whose curve has no name, are named", () => {
  const faults = [signedWithSha1, explicitParameters].map((pem) => certificateKindFault(new X509Certificate(pem)));

  assert.deepEqual(faults, ["is signed with MD5 or SHA-1", "has a curve by its parameters, not by its name"]);
});
