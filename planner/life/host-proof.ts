// What the file of a host config that was given out proves of its cluster: read from its text, without parsing all of it.
import { parse } from "yaml";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import { EtcdRestore } from "#shared/schema/words/etcd-restore.ts";
import { EtcdMembership } from "#shared/schema/words/etcd-upkeep.ts";
import { headOf } from "./host-file.ts";

export type HostProof = {
  readonly host: string;
  readonly generation: number;
  /** What the host's etcd member was told; undefined without one. */
  readonly bootstrap: boolean | undefined;
  /** That of etcd's members; undefined where they do not come and go by themselves. */
  readonly etcdGeneration: number | undefined;
  /** What its etcd member or its API server was told; undefined without a restore. */
  readonly restore: EtcdRestore | undefined;
  /** Those of `provingSecrets` that are there. */
  readonly secrets: Readonly<Record<string, string>>;
};

/** Secrets that say which cluster a host belongs to. */
export const provingSecrets: ReadonlySet<string> = new Set([
  hashKeyName,
  "etcd/ca.crt",
  "kubernetes/etcd-ca.crt",
  "kubernetes/ca.crt",
  "kubernetes/ca.key",
  "kubernetes/front-proxy-ca.crt",
  "kubernetes/service-account.pub",
  "kubernetes/service-account.key",
  "kubernetes/encryption.yaml",
]);

/** The text without its network: in a large cluster that is nearly all of it, and it proves nothing. */
export function provingText(bytes: Buffer): string {
  const start = bytes.indexOf("\npodNetwork:\n");
  const end = start < 0 ? -1 : bytes.indexOf("\nsecrets:\n", start);
  // somebody may have put what proves something between
  if (end < 0 || bytes.subarray(start, end).includes("\netcd:\n")) return bytes.toString("utf8");
  return bytes.toString("utf8", 0, start) + bytes.toString("utf8", end);
}

/** Undefined for a file that is no host config of this cluster. */
export function hostProof(
  text: string,
  { host, cluster }: { readonly host: string; readonly cluster: string },
): HostProof | undefined {
  const head = headOf(text);
  if (head?.cluster !== cluster) return undefined;
  const bootstrap = /^ {2}bootstrap: (true|false)$/m.exec(sectionOf(text, "etcd"))?.[1];
  return {
    host,
    generation: head.generation,
    bootstrap: bootstrap === undefined ? undefined : bootstrap === "true",
    etcdGeneration: EtcdMembership.safeParse(entryIn(sectionOf(text, "etcd"), "membership")).data?.generation,
    restore:
      restoreIn(sectionOf(text, "etcd"), "restore") ?? restoreIn(sectionOf(text, "kubeApiserver"), "etcdRestore"),
    secrets: secretsIn(sectionOf(text, "secrets")),
  };
}

/** The lines below a top-level key. */
function sectionOf(text: string, name: string): string {
  const start = text.indexOf(`\n${name}:\n`);
  if (start < 0) return "";
  const body = text.slice(start + name.length + 3);
  const end = /^[^ \n]/m.exec(body)?.index;
  return end === undefined ? body : body.slice(0, end);
}

/** An edited or cut file may hold anything; what is no restore proves none. */
function restoreIn(section: string, name: string): EtcdRestore | undefined {
  return EtcdRestore.safeParse(entryIn(section, name)).data;
}

function entryIn(section: string, name: string): unknown {
  const lines = entriesOf(section).find((entry) => entry.startsWith(`  ${name}:`));
  const [, value] = parsed(lines ?? "")[0] ?? [];
  return value;
}

function secretsIn(section: string): Readonly<Record<string, string>> {
  const secrets = new Map<string, string>();
  for (const lines of entriesOf(section)) {
    const key = lines.slice(0, lines.indexOf(":")).replaceAll('"', "").trim();
    if (!provingSecrets.has(key)) continue;
    for (const [name, value] of parsed(lines)) if (typeof value === "string") secrets.set(name, value);
  }
  return Object.fromEntries(secrets);
}

/** An entry is its line and all lines that stand deeper. */
function entriesOf(section: string): readonly string[] {
  const entries: string[] = [];
  const starts = Array.from(section.matchAll(/^ {2}[^ \n]/gm), ({ index }) => index);
  for (const [place, start] of starts.entries()) entries.push(section.slice(start, starts[place + 1]));
  return entries;
}

function parsed(lines: string): readonly (readonly [string, unknown])[] {
  try {
    const value: unknown = parse(lines);
    return typeof value === "object" && value !== null ? Object.entries(value) : [];
  } catch {
    // an edited or cut file may hold anything; what cannot be read proves nothing
    return [];
  }
}
