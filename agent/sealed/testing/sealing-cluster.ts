// A cluster that seals, for tests: a signer, a host's key, and host configs that name both.
import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { withMark } from "#shared/delivery/delivery-mark.ts";
import { packEnvelope } from "#shared/sealed/envelope.ts";
import type { SealedHeader } from "#shared/sealed/envelope.ts";

export type Signer = { readonly key: KeyObject; readonly pem: string };

export function newSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { key: privateKey, pem: publicKey.export({ type: "spki", format: "pem" }).toString() };
}

export type HostKey = { readonly identity: string; readonly recipient: string };

export async function newHostKey(): Promise<HostKey> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

export type Fields = {
  readonly cluster?: string;
  readonly host?: string;
  readonly generation?: number;
  readonly image?: string;
  /** Whom the host believes from then on; none leaves the section out. */
  readonly signers?: readonly Signer[];
  /** Unset for a host that made its own. */
  readonly identity?: string | undefined;
};

/** A host config as the planner writes it. */
export function configText({
  cluster = "demo",
  host = "h1",
  generation = 1,
  image = "server:1",
  ...keys
}: Fields): string {
  const { signers = [], identity } = keys;
  const secrets = {
    ...(signers.length === 0 ? {} : { "delivery/signer.pub": signers.map(({ pem }) => pem).join("") }),
    ...(identity === undefined ? {} : { "delivery/host.key": identity }),
  };
  const delivery = {
    signers: "delivery/signer.pub",
    ...(identity === undefined ? {} : { identity: "delivery/host.key" }),
  };
  const document = {
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster,
    host,
    generation,
    ...(signers.length === 0 ? {} : { agent: { delivery } }),
    containers: { web: { image } },
    secrets,
  };
  return withMark(`${JSON.stringify(document)}\n`, { cluster, host, generation });
}

/** Signed by the one, sealed to the others. */
export async function sealText(
  text: string,
  header: SealedHeader,
  { signer, recipients }: { readonly signer: Signer; readonly recipients: readonly string[] },
): Promise<Uint8Array> {
  return encryptTo(packEnvelope(text, header, signer.key), recipients);
}

export async function encryptTo(content: Uint8Array<ArrayBuffer>, recipients: readonly string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(content);
}
