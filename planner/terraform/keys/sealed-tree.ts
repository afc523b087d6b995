// Keys and host configs as one text that only its recipients can read: a tar archive, packed with gzip, sealed with age, in ASCII armor.
// `age -d | tar -xz` opens it.
import { privateFile } from "#planner/io/modes.ts";
import { gunzipSync, gzipSync } from "node:zlib";
import { text } from "node:stream/consumers";
import { armor, Decrypter, Encrypter } from "age-encryption";
import { extract } from "tar-stream";
import { FlexkubeError } from "#shared/errors.ts";
import { packTree } from "#planner/pki-backup/pack-tree.ts";
import type { Tree } from "./tree.ts";

/** Far above the state of ten thousand hosts that any state could hold. */
const mostBytes = 512 * 1024 * 1024;
const source = "sealed_pki";

export type Locks = { readonly recipients: readonly string[]; readonly identity: string };

/** Throws INTERNAL_USAGE for a recipient that is none, and where the identity could not open it again. */
export async function sealTree(tree: Tree, { recipients, identity }: Locks): Promise<string> {
  const encrypter = new Encrypter();
  for (const recipient of recipients)
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      // a key that was given by mistake is not told
      throw usage("recipients", "not a recipient of age: age1…, as age-keygen prints it", cause);
    }
  const entries = [
    ...[...tree.pki].map(([name, content]) => [`pki/${name}`, content] as const),
    ...[...tree.hosts].map(([host, content]) => [`hosts/${host}.yaml`, content] as const),
  ];
  const archive = await packTree(
    ".",
    entries.map(([name, content]) => ({ name, mode: privateFile, bytes: Buffer.from(content) })),
    0,
  );
  const sealed = armor.encode(await encrypter.encrypt(new Uint8Array(gzipSync(archive))));
  await decrypted(sealed, identity);
  return sealed;
}

/** Throws INTERNAL_USAGE for an identity that does not open it, and PKI_UNREADABLE for what is no such text. */
export async function openTree(sealed: string, identity: string): Promise<Tree> {
  const archive = extract();
  archive.end(unpacked(await decrypted(sealed, identity)));
  const pki = new Map<string, string>();
  const hosts = new Map<string, string>();
  for await (const entry of archive) {
    const [, folder, name = ""] = /^\.\/(pki|hosts)\/(.+)$/.exec(entry.header.name) ?? [];
    const content = await text(entry);
    if (folder === "pki") pki.set(name, content);
    if (folder === "hosts") hosts.set(name.replace(/\.yaml$/, ""), content);
  }
  return { pki, hosts };
}

async function decrypted(sealed: string, identity: string): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(identity.trim());
  } catch (cause) {
    throw usage("identity_wo", "not an identity of age: AGE-SECRET-KEY-…, as age-keygen prints it", cause);
  }
  const bytes = armored(sealed);
  try {
    return await decrypter.decrypt(bytes);
  } catch (cause) {
    throw usage("identity_wo", "it opens none of what is sealed to the recipients", cause);
  }
}

function armored(sealed: string): Uint8Array {
  try {
    return armor.decode(sealed);
  } catch (cause) {
    throw unreadable("not a file of age in ASCII armor", cause);
  }
}

function unpacked(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (cause) {
    throw unreadable("what is in it is not packed with gzip", cause);
  }
}

function unreadable(reason: string, cause: unknown): FlexkubeError {
  return new FlexkubeError("PKI_UNREADABLE", "sealed keys cannot be read", { file: source, reason }, { cause });
}

function usage(argument: string, reason: string, cause: unknown): FlexkubeError {
  return new FlexkubeError("INTERNAL_USAGE", reason, { argument, reason }, { cause });
}
