// Opens one sealed host config: age, signature, header, then the config itself. It loads the libraries for it, so it is imported when
// there is something to open.
import { armor, Decrypter } from "age-encryption";
import {
  hasBoundedHead,
  isArmored,
  isSignedBy,
  maxSealedBytes,
  readEnvelope,
  unpackBody,
} from "#shared/sealed/envelope.ts";
import type { KeyFault } from "#agent/report/own-keys.ts";
import { refused, refusalOf } from "#shared/sealed/refusal.ts";
import type { Refusal, SealedPast } from "#shared/sealed/refusal.ts";

export type Trust = {
  /** Keys of age that this host has: `AGE-SECRET-KEY-1…`. */
  readonly identities: readonly string[];
  /** Why the key that was made on this host is not among them. */
  readonly keyFault?: KeyFault | undefined;
  /** Public keys in PEM. */
  readonly signers: readonly string[];
  readonly past: SealedPast;
  /** Shown in errors. */
  readonly file: string;
};

/** The host config's text. Throws SEALED_*. */
export async function openSealed(bytes: Uint8Array, trust: Trust): Promise<string> {
  const { file, signers, past } = trust;
  if (bytes.byteLength > maxSealedBytes) throw refused(tooLarge, file);
  const envelope = readEnvelope(await decrypted(bytes, trust));
  if (envelope === undefined) throw refused(damaged("what it holds is not a sealed host config"), file);
  if (signers.length === 0) throw refused(noSigner, file);
  if (!isSignedBy(envelope, signers)) throw refused(otherSigner, file);
  const refusal = refusalOf(envelope.header, past);
  if (refusal !== undefined) throw refused(refusal, file);
  const text = unpackBody(envelope.body);
  if (text === undefined) throw refused(tooLarge, file);
  return text;
}

async function decrypted(bytes: Uint8Array, { identities, keyFault, file }: Trust): Promise<Uint8Array> {
  const unusable = keyFault && { ...noKey, ...keyFault };
  if (identities.length === 0) throw refused(unusable ?? noKey, file);
  const decrypter = new Decrypter();
  for (const identity of identities) addIdentity(decrypter, identity, file);
  try {
    const plain = isArmored(bytes) ? armor.decode(Buffer.from(bytes).toString("latin1")) : bytes;
    if (!hasBoundedHead(plain)) throw new Error("its header has no end where it may have one");
    return await decrypter.decrypt(plain);
  } catch (error) {
    // the library has no codes; its words for a file that is sealed to others
    const isOthers = error instanceof Error && error.message.includes("no identity matched");
    throw refused(isOthers ? (unusable ?? otherKey) : damaged("it is cut or changed"), file);
  }
}

function addIdentity(decrypter: Decrypter, identity: string, file: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    // the library's error is left out: it has seen a key
    throw refused({ ...noKey, reason: "the key of age that this host has is none, or was cut" }, file);
  }
}

function damaged(reason: string): Refusal {
  return { code: "SEALED_DAMAGED", reason, hint: "copy sealed/<host>.age again, as it is" };
}

const byHand = "flexkube-agent apply --accept-unsealed --config FILE, with this host's file of hosts/";
const tooLarge: Refusal = {
  code: "SEALED_TOO_LARGE",
  reason: "it is larger than 8 MiB, packed or unpacked, or cannot be unpacked",
  hint: "split again and copy sealed/<host>.age",
};
const noKey: Refusal = {
  code: "SEALED_NO_KEY",
  reason: "this host has no key to open it with",
  hint: `bring the first config by hand: ${byHand}; or seal to what flexkube-agent identity prints`,
};
const otherKey: Refusal = {
  code: "SEALED_OTHER_KEY",
  reason:
    "it is sealed to keys that this host does not have: it is another host's, or this host's key is another one since",
  hint: `deliver sealed/<host>.age of this host; what flexkube-agent identity prints here must be its recipient in the cluster config, where that has one; where its key is lost: ${byHand}`,
};
const noSigner: Refusal = {
  code: "SEALED_NO_SIGNER",
  reason: "this host knows nobody who may sign its configs",
  hint: "flexkube-agent apply --signer KEY, the middle line of pki/delivery/signer.pub",
};
const otherSigner: Refusal = {
  code: "SEALED_OTHER_SIGNER",
  reason: "it is not signed by whom this host knows",
  hint: "split where pki/ is that of the cluster; where its signer is lost: flexkube-agent apply --signer KEY, the middle line of pki/delivery/signer.pub",
};
