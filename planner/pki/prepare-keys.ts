// Keys that belong to no certificate: key pairs, and keys that encrypt. Made once and never replaced.
// It must not write; the `write` of what is prepared does, when it is called.
import type { Secret } from "#shared/secret.ts";
import { performActions, type PkiAction } from "./actions.ts";
import { checkKeyIds } from "./check-pki-requests.ts";
import { prepareEncryptionKeys, type EncryptionKey } from "./encryption-keys.ts";
import { prepareKeyPair, type KeyPair } from "./key-pair.ts";
import type { PreparedKey } from "./prepared-key.ts";
import type { PkiChange, PkiIo } from "./types.ts";

/** Wanted at `<directory>/<id>.{key,pub}`, or at `<directory>/<id>` for keys that encrypt. */
export type KeyRequest = { readonly id: string; readonly kind: "pair" | "encryption" };

export type PreparedKeys = {
  readonly pairs: ReadonlyMap<string, KeyPair>;
  /** The first one writes, all of them read. */
  readonly encryption: ReadonlyMap<string, Secret<readonly EncryptionKey[]>>;
  /** Sorted by id; empty means that `write` touches nothing. */
  readonly changes: readonly PkiChange[];
  /** Puts the changes on disk. A second call does nothing. Throws PKI_UNWRITABLE or PKI_MISMATCH. */
  readonly write: () => Promise<void>;
};

export type KeyOptions = {
  readonly directory: string;
  readonly keys: readonly KeyRequest[];
  /** Ids of keys that were made before: they are in use, so one that is missing has been lost. */
  readonly made: readonly string[];
  readonly io: PkiIo;
  readonly randomBytes: (count: number) => Uint8Array;
};

/** Throws PKI_UNREADABLE for what cannot be read or was lost, PKI_MISMATCH for what contradicts itself. */
export async function prepareKeys(options: KeyOptions): Promise<PreparedKeys> {
  const { directory, io, randomBytes } = options;
  const requests = [...new Map(options.keys.map((request) => [request.id, request])).values()];
  checkKeyIds(requests.map(({ id }) => id));
  const pairs = new Map<string, KeyPair>();
  const encryption = new Map<string, Secret<readonly EncryptionKey[]>>();
  const changes: PkiChange[] = [];
  const actions: (readonly PkiAction[])[] = [];
  const take = <Value>(id: string, prepared: PreparedKey<Value>): Value => {
    if (prepared.cause !== undefined) changes.push({ id, cause: prepared.cause });
    actions.push(prepared.actions);
    return prepared.value;
  };
  for (const { id, kind } of requests.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const place = { directory, id, io, isLost: options.made.includes(id) };
    if (kind === "pair") pairs.set(id, take(id, await prepareKeyPair(place)));
    else encryption.set(id, take(id, await prepareEncryptionKeys(place, randomBytes)));
  }
  let written: Promise<void> | undefined;
  const write = () => performActions({ directory, cas: actions, certificates: [] }, { io, onDone: () => undefined });
  return { pairs, encryption, changes, write: () => (written ??= write()) };
}
