// What a cluster rests on and must never get a second time: its CAs, key pairs and encryption keys, and where they are.
import type { SecretOrigin } from "#planner/draft/fragment/fragment.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";

export type KeptKind = "authority" | "pair" | "encryption";

/** One of them. `shared` is what others may see of it, `own` what signs or decrypts. */
export type Kept = {
  readonly id: string;
  readonly kind: KeptKind;
  /** The name that a CA gets when it is made. */
  readonly commonName: string;
  /** Names of the secrets of host configs that hold it; undefined for what no host has. */
  readonly secrets: { readonly shared: string | undefined; readonly own: string | undefined };
  /** Hosts that get any of it. */
  readonly hosts: readonly string[];
};

/** Its files below the directory of the PKI; an encryption key has nothing that others may see. */
export function filesOf({ id, kind }: Kept): { readonly shared: string | undefined; readonly own: string } {
  switch (kind) {
    case "authority":
      return { shared: `${id}/ca.crt`, own: `${id}/ca.key` };
    case "pair":
      return { shared: `${id}.pub`, own: `${id}.key` };
    case "encryption":
      return { shared: undefined, own: id };
  }
}

type Origin = Exclude<SecretOrigin, { readonly from: "given" }>;
type Part = { readonly kind: KeptKind; readonly part: "shared" | "own" };

const parts: Readonly<Partial<Record<Origin["from"], Part>>> = {
  ca: { kind: "authority", part: "shared" },
  caKey: { kind: "authority", part: "own" },
  publicKey: { kind: "pair", part: "shared" },
  privateKey: { kind: "pair", part: "own" },
  encryption: { kind: "encryption", part: "own" },
};

type Gathered = { kind: KeptKind; shared?: string; own?: string; readonly hosts: Set<string> };

/** All that the hosts of a cluster get, sorted by id. */
export function keptOf(drafts: readonly HostDraft[]): readonly Kept[] {
  const names = new Map(drafts.flatMap(({ cas }) => cas.map(({ id, commonName }) => [id, commonName] as const)));
  const gathered = new Map<string, Gathered>();
  for (const { host, secrets } of drafts)
    for (const [name, origin] of Object.entries(secrets)) {
      const part = origin.from === "given" ? undefined : parts[origin.from];
      if (!("id" in origin) || part === undefined) continue;
      const entry = gathered.get(origin.id) ?? { kind: part.kind, hosts: new Set() };
      entry[part.part] ??= name;
      entry.hosts.add(host);
      gathered.set(origin.id, entry);
    }
  return [...gathered]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { kind, shared, own, hosts }]) => ({
      id,
      kind,
      commonName: names.get(id) ?? "",
      secrets: { shared, own },
      hosts: [...hosts],
    }));
}
