// Keys of sealed host configs: who signs them, what each host opens them with, and what else opens them. Made once, and kept.
// It must not write; the `write` of what is prepared does, when it is called.
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { FlexkubeError } from "#shared/errors.ts";
import { readPem } from "#shared/pem.ts";
import { notRecipient } from "#shared/schema/types/age-recipient.ts";
import { Secret } from "#shared/secret.ts";
import { mostRecipients, signerOf } from "#shared/sealed/envelope.ts";
import { certificateMode, performActions, type PkiAction } from "./actions.ts";
import { readKey } from "./key.ts";
import type { PkiChange, PkiIo } from "./types.ts";

/** Directory of these keys in that of the PKI. */
export const sealingDirectory = "delivery";
/** The one that signs, and the one that follows on it or goes. */
const mostSigners = 2;
/** A host has its key and the former one besides. */
const mostForRecovery = mostRecipients - 2;

export type SealingKeys = {
  /** ed25519. */
  readonly signer: Secret<KeyObject>;
  /** Of the signer and of whom hosts believe besides, in PEM. */
  readonly signers: string;
  /** Of hosts whose key is made here. */
  readonly identities: ReadonlyMap<string, Secret<string>>;
  /** To whom each host's config is sealed: to the host's keys, its former one while that is there, and to those for recovery. */
  readonly recipients: ReadonlyMap<string, readonly string[]>;
  readonly changes: readonly PkiChange[];
  /** A second call does nothing. Throws PKI_UNWRITABLE or PKI_MISMATCH. */
  readonly write: () => Promise<void>;
};

export type SealingOptions = {
  /** Of the PKI. */
  readonly directory: string;
  /** `recipient` of a key that was made on the host. */
  readonly hosts: readonly { readonly host: string; readonly recipient?: string | undefined }[];
  readonly io: PkiIo;
  /** Hosts have been told who signs: another must not take its place unasked. */
  readonly isInUse: boolean;
};

type Found<Value> = { readonly value: Value; readonly actions: readonly PkiAction[]; readonly change?: PkiChange };

/** Throws PKI_UNREADABLE for what cannot be read or was lost, PKI_MISMATCH for what does not belong together. */
export async function prepareSealing({ directory, hosts, io, isInUse }: SealingOptions): Promise<SealingKeys> {
  const place = { directory: join(directory, sealingDirectory), io };
  const signer = await prepareSigner(place, isInUse);
  const recovery = await prepareRecovery(place);
  const found: Found<unknown>[] = [signer, recovery];
  const identities = new Map<string, Secret<string>>();
  const recipients = new Map<string, readonly string[]>();
  for (const { host, recipient } of hosts) {
    const own = recipient === undefined ? await prepareIdentity(place, host) : undefined;
    if (own !== undefined) {
      found.push(own);
      identities.set(host, own.value.key);
    }
    const its = own?.value.recipients ?? [recipient ?? ""];
    recipients.set(host, [...its, ...recovery.value]);
  }
  const actions = found.map((each) => each.actions);
  const changes = found.flatMap(({ change }) => (change === undefined ? [] : [change]));
  let written: Promise<void> | undefined;
  const write = () => performActions({ directory, cas: actions, certificates: [] }, { io, onDone: () => undefined });
  return { ...signer.value, identities, recipients, changes, write: () => (written ??= write()) };
}

type Place = { readonly directory: string; readonly io: PkiIo };

async function prepareSigner(
  { directory, io }: Place,
  isInUse: boolean,
): Promise<Found<Pick<SealingKeys, "signer" | "signers">>> {
  const [keyFile, publicFile] = [join(directory, "signer.key"), join(directory, "signer.pub")];
  const keyBytes = await io.readFile(keyFile);
  const publicBytes = await io.readFile(publicFile);
  if (keyBytes === undefined && (isInUse || publicBytes !== undefined))
    throw unreadable(
      keyFile,
      `it signs for hosts that believe no other: restore it from a backup; if it is lost: openssl genpkey -algorithm ed25519 -out ${keyFile}, remove ${publicFile}, split, and on each host flexkube-agent apply --signer`,
    );
  const key = keyBytes === undefined ? generateKeyPairSync("ed25519").privateKey : readKey(keyFile, keyBytes).object;
  if (key.asymmetricKeyType !== "ed25519") throw mismatch(keyFile, "it is no key of ed25519");
  const own = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const signers = publicBytes === undefined ? own : Buffer.from(publicBytes).toString("utf8");
  refuseUnfit(publicFile, signers, { own, keyFile });
  const pem = new Secret(key.export({ type: "pkcs8", format: "pem" }).toString());
  const actions: readonly PkiAction[] = [
    ...(keyBytes === undefined ? [{ kind: "create", path: keyFile, content: pem } as const] : []),
    ...(publicBytes === undefined
      ? [{ kind: "write", path: publicFile, content: own, mode: certificateMode } as const]
      : []),
  ];
  return { value: { signer: new Secret(key), signers }, actions, ...changeOf("signer", actions) };
}

function refuseUnfit(
  file: string,
  text: string,
  { own, keyFile }: { readonly own: string; readonly keyFile: string },
): void {
  const { blocks, fault } = readPem(text);
  // it goes to all hosts as it is
  const exposed = blocks.find(({ kind }) => kind.endsWith("PRIVATE KEY"));
  if (exposed !== undefined)
    throw unreadable(
      file,
      "it holds a private key, and all hosts get this file: openssl pkey -in KEY -pubout prints what belongs there",
    );
  if (fault !== undefined) throw unreadable(file, `it ${fault.problem}`);
  const keys = blocks.map((block) => signerOf(block.text)?.export({ type: "spki", format: "pem" }).toString());
  if (keys.includes(undefined)) throw unreadable(file, "it holds something else than public keys of ed25519 in PEM");
  if (!keys.includes(own)) throw mismatch(file, `none of its keys is that of ${keyFile}: hosts would not believe it`);
  if (keys.length > mostSigners)
    throw mismatch(file, `more than ${mostSigners} keys: leave the one that signs and the next`);
}

type Identity = { readonly key: Secret<string>; readonly recipients: readonly string[] };

async function prepareIdentity({ directory, io }: Place, host: string): Promise<Found<Identity>> {
  const file = join(directory, "hosts", `${host}.key`);
  const formerFile = join(directory, "hosts", `${host}.former.key`);
  const former = await readIdentity(formerFile, io);
  const kept = await readIdentity(file, io);
  const key = kept ?? new Secret(await generateX25519Identity());
  const actions: readonly PkiAction[] =
    kept === undefined ? [{ kind: "create", path: file, content: new Secret(`${key.reveal()}\n`) }] : [];
  const recipients = await Promise.all(
    [key, ...(former === undefined ? [] : [former])].map(async (each) => identityToRecipient(each.reveal())),
  );
  return { value: { key, recipients }, actions, ...changeOf(`hosts/${host}`, actions) };
}

/** The key may be anywhere else, as long as it is known to whom to seal. */
async function prepareRecovery({ directory, io }: Place): Promise<Found<readonly string[]>> {
  const publicFile = join(directory, "recovery.pub");
  const keyFile = join(directory, "recovery.key");
  const bytes = await io.readFile(publicFile);
  if (bytes !== undefined) return { value: recipientsIn(publicFile, Buffer.from(bytes).toString("utf8")), actions: [] };
  const kept = await readIdentity(keyFile, io);
  const key = kept ?? new Secret(await generateX25519Identity());
  const recipient = await identityToRecipient(key.reveal());
  const actions: readonly PkiAction[] = [
    ...(kept === undefined
      ? [{ kind: "create", path: keyFile, content: new Secret(`${key.reveal()}\n`) } as const]
      : []),
    { kind: "write", path: publicFile, content: `${recipient}\n`, mode: certificateMode },
  ];
  return { value: [recipient], actions, ...changeOf("recovery", actions) };
}

function recipientsIn(file: string, text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw unreadable(file, "expected recipients of age (age1…), one a line");
  if (lines.length > mostForRecovery) throw unreadable(file, `more than ${mostForRecovery} recipients stand in it`);
  for (const line of lines) {
    const { problem, hint } = notRecipient(line) ?? {};
    // the line is not shown: it may be a key
    if (problem !== undefined) throw unreadable(file, `${problem}, one a line is expected: ${hint}`);
  }
  return lines;
}

/** One key as age-keygen writes it. */
async function readIdentity(file: string, io: PkiIo): Promise<Secret<string> | undefined> {
  const bytes = await io.readFile(file);
  if (bytes === undefined) return undefined;
  const keys = Buffer.from(bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line.startsWith("AGE-SECRET-KEY-"));
  const [key] = keys;
  // the lines are not shown: one of them may be a key
  if (key === undefined || keys.length > 1) throw unreadable(file, "expected one key of age, as age-keygen writes it");
  try {
    await identityToRecipient(key.trim());
  } catch {
    throw unreadable(file, "it is no key of age; restore it from a backup");
  }
  return new Secret(key.trim());
}

function changeOf(name: string, actions: readonly PkiAction[]): { readonly change?: PkiChange } {
  const [first] = actions;
  if (first === undefined) return {};
  const cause = first.kind === "create" ? "it does not exist yet" : "its public key is not there";
  return { change: { id: `${sealingDirectory}/${name}`, cause } };
}

function unreadable(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("PKI_UNREADABLE", "a key of sealed host configs cannot be read", { file, reason });
}

function mismatch(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("PKI_MISMATCH", "keys of sealed host configs do not belong together", { file, reason });
}
