// What must be found nowhere but where it belongs: every key of a cluster's PKI and every secret of its host configs, in
// the forms in which it could come to light. Certificates and public keys are public.
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

export type Needle = {
  /** Where it comes from, such as `pki/etcd/ca.key` or `h1.yaml etcd/peer.key`; never the secret itself. */
  readonly name: string;
  readonly forms: readonly string[];
};

/** The secrets below a directory that `split` was run in. Throws when there are none. */
export async function secretsBelow(directory: string): Promise<readonly Needle[]> {
  const found: Needle[] = [];
  for await (const file of glob("{pki,stand-in}/**/*.{key,pem}", { cwd: directory }))
    found.push({ name: file, forms: secretForms(await readFile(join(directory, file), "utf8")) });
  for await (const file of glob("*.yaml", { cwd: join(directory, "hosts") })) {
    // what the planner wrote: a map of texts
    const { secrets } = parse(await readFile(join(directory, "hosts", file), "utf8")) as {
      readonly secrets: Readonly<Record<string, string>>;
    };
    for (const [name, value] of Object.entries(secrets))
      found.push({ name: `${file} ${name}`, forms: secretForms(value) });
  }
  const secret = found.filter(({ forms }) => forms.length > 0);
  if (secret.length === 0) throw new Error(`no secrets below ${directory}`);
  return secret;
}

/** Texts that give a secret away: its lines, base64 and hexadecimal; of a private key no line that holds only its public half. */
export function secretForms(value: string): readonly string[] {
  const keys = [...value.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^-]*)-----END/g)].map(([, body = ""]) => body);
  if (keys.length > 0)
    return keys.flatMap((body) => {
      // of a key of one line the second is empty, and every text has that
      const lines = body.split("\n").filter((line) => line !== "");
      return [...lines.slice(0, 2), ...encoded(Buffer.from(body, "base64"))];
    });
  if (/-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----/.test(value)) return [];
  return [value.trim(), ...encoded(Buffer.from(value.trim()))];
}

/** Names of the secrets that the text gives away. */
export function secretsIn(text: string | Buffer, needles: readonly Needle[]): readonly string[] {
  return needles.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
}

function encoded(bytes: Buffer): readonly string[] {
  return [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
}
