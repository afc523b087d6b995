// Private keys: making one, and reading one from a file.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { readPem } from "#shared/pem.ts";
import { Secret } from "#shared/secret.ts";

export type Key = { readonly object: KeyObject; readonly pem: Secret<string> };

/** A new ECDSA P-256 key, PKCS#8 in PEM. */
export function newKey(): Key {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { object: privateKey, pem: new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()) };
}

/** The key in a file's bytes, kept as it was written: PKCS#8, SEC 1 or PKCS#1. Throws PKI_UNREADABLE. */
export function readKey(file: string, bytes: Uint8Array): Key {
  const pem = Buffer.from(bytes).toString("utf8");
  const { blocks, fault } = readPem(pem);
  if (fault !== undefined) throw unreadable(file, `it ${fault.problem}. ${fault.hint}`);
  if (blocks.filter(({ kind }) => kind.endsWith("PRIVATE KEY")).length > 1)
    throw unreadable(file, "it holds more than one private key; leave the one that belongs here");
  try {
    return { object: createPrivateKey(pem), pem: new Secret(pem) };
  } catch {
    // the parser's own error is left out: nothing that has seen a key may end in a log
    throw unreadable(
      file,
      "not an unencrypted private key in PEM; put the right one there, or restore it from a backup",
    );
  }
}

function unreadable(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("PKI_UNREADABLE", "a private key cannot be read", { file, reason });
}
