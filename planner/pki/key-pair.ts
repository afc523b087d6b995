// One key pair: the private key, and beside it the public keys that are trusted, its own and perhaps further ones.
import { createPublicKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { pemBlocks } from "#shared/pem.ts";
import type { Secret } from "#shared/secret.ts";
import { certificateMode } from "./actions.ts";
import { newKey, readKey, type Key } from "./key.ts";
import { lostKey, type KeyPlace, type PreparedKey } from "./prepared-key.ts";

export type KeyPair = {
  /** SPKI in PEM; what stands behind its own key in the file is kept and handed on. */
  readonly publicKey: string;
  /** PKCS#8 in PEM when it was made here. */
  readonly key: Secret<string>;
};

/** Takes the pair that is there, completes it after a kill, or makes one. */
export async function prepareKeyPair({ directory, id, io, isLost }: KeyPlace): Promise<PreparedKey<KeyPair>> {
  const keyFile = join(directory, `${id}.key`);
  const publicFile = join(directory, `${id}.pub`);
  const keyBytes = await io.readFile(keyFile);
  const publicBytes = await io.readFile(publicFile);
  if (keyBytes === undefined && (publicBytes !== undefined || isLost))
    throw lostKey(
      keyFile,
      `tokens signed by it are in use: restore it from a backup or from the secret ${id}.key of a control-plane host; to begin with a new one, remove ${publicFile} and the line ${id} in state.yaml`,
    );
  const key = keyBytes === undefined ? newKey() : readKey(keyFile, keyBytes);
  const own = publicPem(key);
  refuseUnfit(keyFile, key.object);
  const create = { kind: "create", path: keyFile, content: key.pem } as const;
  if (publicBytes === undefined)
    return {
      value: { publicKey: own, key: key.pem },
      cause: keyBytes === undefined ? "it does not exist yet" : "its public key is not there",
      actions: [
        ...(keyBytes === undefined ? [create] : []),
        { kind: "write", path: publicFile, content: own, mode: certificateMode },
      ],
    };
  const publicKey = Buffer.from(publicBytes).toString("utf8");
  refuseOther(publicFile, publicKey, { own, keyFile });
  return { value: { publicKey, key: key.pem }, cause: undefined, actions: [] };
}

function publicPem({ object }: Key): string {
  return createPublicKey(object).export({ type: "spki", format: "pem" }).toString();
}

/** Kubernetes signs with RSA or with ECDSA on a curve of NIST. */
function refuseUnfit(file: string, key: KeyObject): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const isCurve = ["prime256v1", "secp384r1", "secp521r1"].includes(details?.namedCurve ?? "");
  if ((type === "rsa" && (details?.modulusLength ?? 0) >= 2048) || (type === "ec" && isCurve)) return;
  const reason = "it is neither RSA of 2048 bits or more nor ECDSA P-256, P-384 or P-521";
  throw new FlexkubeError("PKI_MISMATCH", "a key is of a kind that cannot sign tokens", { file, reason });
}

function refuseOther(
  file: string,
  text: string,
  { own, keyFile }: { readonly own: string; readonly keyFile: string },
): void {
  const keys = pemBlocks(text).map((block) => spkiOf(file, block.text));
  if (keys.some((each) => each === own)) return;
  const reason = `none of its keys is that of ${keyFile}; restore the pair from a backup, or remove this file to have it written anew`;
  throw new FlexkubeError("PKI_MISMATCH", "a public key and its private key do not match", { file, reason });
}

function spkiOf(file: string, pem: string): string {
  try {
    return createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
  } catch (cause) {
    const reason = "not a public key in PEM";
    throw new FlexkubeError("PKI_UNREADABLE", "a public key cannot be read", { file, reason }, { cause });
  }
}
