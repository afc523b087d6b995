// What is known of a component apart from how it is expanded: its names, ports, secrets and certificates, and its place among the others.
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { ApiAccess } from "#shared/schema/kubernetes/kubernetes-words.ts";

/** What a host config says of the host and of the agent. Every other field is the section of a component. */
type General =
  | "apiVersion"
  | "kind"
  | "cluster"
  | "host"
  | "generation"
  | "address"
  | "closedDirectories"
  | "formerOwners"
  | "privateFiles"
  | "agent"
  | "secrets";

/** The sections of a host config of this form. */
export type SectionsOf<Config> = Exclude<keyof Config, General>;

export type Section = SectionsOf<HostConfig>;
export type SectionOf<Name extends Section> = NonNullable<HostConfig[Name]>;

/** Sections that have this field; a list of them that is typed by it does not compile while one is missing. */
export type SectionsWith<Field extends string> = {
  [Name in Section]: string extends keyof SectionOf<Name> ? never : Field extends keyof SectionOf<Name> ? Name : never;
}[Section];

/** Sections that are parts by name, each of which has this field. */
export type MapsWith<Field extends string> = {
  [Name in Section]: SectionOf<Name> extends Readonly<Record<string, infer Part extends object>>
    ? Field extends keyof Part
      ? Name
      : never
    : never;
}[Section];

/** The sections that a config has, and the parts by name of others, each at its path. */
export function partsAt<Part>(
  sections: Readonly<Record<string, Part | undefined>>,
  maps: Readonly<Record<string, Readonly<Record<string, Part>>>>,
): readonly { readonly path: readonly [string, ...string[]]; readonly part: Part }[] {
  return [
    ...Object.entries(sections).flatMap(([name, part]) =>
      part === undefined ? [] : [{ path: [name] as const, part }],
    ),
    ...Object.entries(maps).flatMap(([name, parts]) =>
      Object.entries(parts).map(([key, part]) => ({ path: [name, key] as const, part })),
    ),
  ];
}

/** A name and the path of what gives it, from the section on. */
export type NamedAt = { readonly name: string; readonly path: Path };

export type Listener = {
  readonly path: Path;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
};

/** A port that other hosts of the cluster reach. */
export type ReachedPort = {
  /** The program that listens there. */
  readonly of: string;
  readonly protocol: "tcp" | "udp";
  /** Of this host. */
  readonly address: string;
  readonly port: number;
};

/** A certificate with its key, by names of secrets. */
export type Pair = {
  readonly certificate: string;
  readonly key: string;
  /** Who must have signed it; anybody when it is not given. */
  readonly ca?: string;
  /** What it is used for; for both ends of a connection when nothing is said. */
  readonly usages?: readonly ("server" | "client")[];
};

/** What must hold among a component's secrets, by their names. */
export type Certificates = {
  /** CAs that it verifies others by. */
  readonly authorities?: readonly string[];
  readonly pairs?: readonly Pair[];
  /** A CA whose key it signs with: the key belongs to the first certificate. */
  readonly signers?: readonly { readonly certificate: string; readonly key: string }[];
  /** A key whose public half must be among those of a PEM text. */
  readonly tokenKeys?: readonly { readonly key: string; readonly publicKeys: string }[];
};

export type Component<Name extends Section, Program extends string = string> = {
  /** What its containers run, as labels and the table of files name it: without the name of a pool or of a user's container. */
  readonly programs: readonly Program[];
  /** The place of its containers in a host's start order, with gaps for later ones; undefined for what makes none. */
  readonly rank: [Program] extends [never] ? undefined : number;
  /** Kubernetes' version skew policy: it is never newer than an API server that it may reach. */
  readonly followsApiServers: boolean;
  /** Docker's names of its containers. */
  readonly containers: (section: SectionOf<Name>) => readonly NamedAt[];
  /** Ports of the host. */
  readonly listeners: (section: SectionOf<Name>) => readonly Listener[];
  /** Those of its ports that other hosts of the cluster need; one at a loopback address is nobody else's. */
  readonly reached: (section: SectionOf<Name>, config: HostConfig) => readonly Listener[];
  /** Secrets that it names, those of its probes included. */
  readonly references: (section: SectionOf<Name>) => readonly NamedAt[];
  readonly certificates: (section: SectionOf<Name>) => Certificates;
};

/** One that makes containers, or is only data for the agent. */
export type AnyComponent<Name extends Section> = Component<Name> | Component<Name, never>;

/** Fields with names of secrets, each at its path. */
export function namedAt(path: Path, names: Readonly<Record<string, string | undefined>>): readonly NamedAt[] {
  return Object.entries(names).flatMap(([key, name]) => (name === undefined ? [] : [{ name, path: [...path, key] }]));
}

export function tcp(path: Path, { address, port }: { readonly address: string; readonly port: number }): Listener {
  return { path, protocol: "tcp", address, port };
}

type Probed = { readonly probe: { readonly http?: { readonly ca?: string | undefined } | undefined } };

/** The CA by which a probe verifies a server. */
export function probeReferences({ probe }: Probed, path: Path = []): readonly NamedAt[] {
  return namedAt([...path, "probe", "http"], { ca: probe.http?.ca });
}

export function probeAuthorities({ probe }: Probed): readonly string[] {
  return probe.http?.ca === undefined ? [] : [probe.http.ca];
}

type Client = Pick<ApiAccess, "ca" | "certificate" | "key">;

/** Secrets of a client of the Kubernetes API. */
export function clientReferences(path: Path, { ca, certificate, key }: Client): readonly NamedAt[] {
  return namedAt(path, { ca, certificate, key });
}

export function clientPair({ certificate, key }: Client): Pair {
  return { certificate, key, usages: ["client"] };
}

/** Of what is only data for the agent, and makes no container. */
export const withoutContainers = {
  programs: [],
  rank: undefined,
  followsApiServers: false,
  containers: () => [],
  listeners: () => [],
  reached: () => [],
} as const;
