// Keys that encrypt objects in etcd, one a line: `<name> <base64 of 32 bytes>`. The first one writes, all of them read.
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { Secret } from "#shared/secret.ts";
import { lostKey, type KeyPlace, type PreparedKey } from "./prepared-key.ts";

export type EncryptionKey = { readonly name: string; readonly secret: string };

const keyBytes = 32;
const firstName = "key1";

/** Takes the keys that are there, or makes the first one. */
export async function prepareEncryptionKeys(
  { directory, id, io, isLost }: KeyPlace,
  randomBytes: (count: number) => Uint8Array,
): Promise<PreparedKey<Secret<readonly EncryptionKey[]>>> {
  const file = join(directory, id);
  const bytes = await io.readFile(file);
  if (bytes !== undefined)
    return { value: new Secret(parseKeys(file, Buffer.from(bytes).toString("utf8"))), cause: undefined, actions: [] };
  if (isLost)
    throw lostKey(
      file,
      "what is encrypted in etcd can be read by nobody without it: restore it from a backup, or take it from the secret kubernetes/encryption.yaml of a control-plane host, a line `<name> <secret>` for each key",
    );
  const secret = Buffer.from(randomBytes(keyBytes)).toString("base64");
  return {
    value: new Secret([{ name: firstName, secret }]),
    cause: "it does not exist yet",
    actions: [{ kind: "create", path: file, content: new Secret(`${firstName} ${secret}\n`) }],
  };
}

function parseKeys(file: string, text: string): readonly EncryptionKey[] {
  const keys = text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [parseLine(line, `${file}:${index + 1}`)]));
  if (keys.length === 0) throw unreadable(file, "there is no key in it; restore it from a backup");
  const names = new Set(keys.map(({ name }) => name));
  if (names.size < keys.length) throw unreadable(file, "two keys have one name");
  return keys;
}

function parseLine(line: string, place: string): EncryptionKey {
  const [name = "", secret = "", ...more] = line.trim().split(/\s+/);
  const isKey = Buffer.from(secret, "base64").length === keyBytes && /^[A-Za-z0-9+/]+=$/.test(secret);
  // the line itself is not shown: it may be a key
  if (more.length > 0 || !isKey || !/^[a-z0-9-]{1,63}$/.test(name))
    throw unreadable(place, `expected a name and base64 of ${keyBytes} bytes`);
  return { name, secret };
}

function unreadable(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("PKI_UNREADABLE", "keys cannot be read", { file, reason });
}
