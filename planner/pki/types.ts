// What the planner asks of its PKI, what it gets, and the little of a file system that this needs.
// It must not contain behaviour.
import type { Clock } from "#shared/clock.ts";
import type { Problem } from "#shared/errors.ts";
import type { Duration } from "#shared/schema/words/words.ts";
import type { Secret } from "#shared/secret.ts";

export type Usage = "server" | "client";

/** A certificate authority wanted at `<directory>/<id>/ca.{crt,key}`. */
export type CaRequest = {
  readonly id: string;
  /** Used only when the CA is made; an existing CA keeps its name. */
  readonly commonName: string;
  readonly validity: Duration;
};

/** A leaf certificate with its key, wanted at `<directory>/<id>.{crt,key}`. */
export type CertificateRequest = {
  readonly id: string;
  /** The `id` of the CA that issues it. */
  readonly ca: string;
  readonly commonName: string;
  /** One or more: what Kubernetes reads as groups. */
  readonly organization?: string | readonly string[] | undefined;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly Usage[];
  /** Counts for certificates issued from now on; a valid one is not replaced because this changed. */
  readonly validity: Duration;
  /** When a newer one takes its place; two thirds of its life when unset. */
  readonly renewAfter?: "half" | undefined;
};

/** Something that `write` makes or replaces: `etcd/ca` for a CA, else the certificate's id. */
export type PkiChange = { readonly id: string; readonly cause: string };

export type PkiCa = {
  /** PEM as it stands in the file; further certificates after the issuing one are kept. */
  readonly certificate: string;
  /** Unset when the CA's key is held elsewhere. */
  readonly key: Secret<string> | undefined;
};

export type PkiDates = {
  /** When the first certificate ends, those counted that are replaced now: hosts have them until they get this split. */
  readonly end: number;
  /** When the first one is renewed. */
  readonly renewal: number;
};

export type PkiCertificate = { readonly certificate: string; readonly key: Secret<string> };

/** One certificate, as it is there and as it will be. In milliseconds since 1970. */
export type PkiLeaf = {
  readonly request: CertificateRequest;
  /** Of the one that is there, whatever becomes of it; undefined where none is. */
  readonly found: PkiLife | undefined;
  /** Of the one that is given out: the same, or the one that is made. */
  readonly given: PkiLife;
  /** When the one that is there is made anew. */
  readonly due: number | undefined;
  /** Why it is made anew. */
  readonly cause: string | undefined;
};

export type PkiLife = { readonly notBefore: number; readonly notAfter: number };

export type PreparedPki = {
  readonly cas: ReadonlyMap<string, PkiCa>;
  readonly certificates: ReadonlyMap<string, PkiCertificate>;
  /** All that were asked for, sorted by id. */
  readonly leaves: readonly PkiLeaf[];
  /** Sorted by id; empty means that `write` touches nothing. */
  readonly changes: readonly PkiChange[];
  /** In milliseconds since 1970; undefined without leaves. */
  readonly dates: PkiDates | undefined;
  /** Sorted; what will need attention but stops nothing today. */
  readonly warnings: readonly Problem[];
  /** Puts the changes on disk. A second call does nothing. Throws PKI_UNWRITABLE or PKI_MISMATCH. */
  readonly write: () => Promise<void>;
};

export type PkiProgress = {
  readonly phase: "read" | "issue" | "write";
  readonly done: number;
  readonly total: number;
};

export type PkiOptions = {
  readonly directory: string;
  readonly cas: readonly CaRequest[];
  readonly certificates: readonly CertificateRequest[];
  /** Ids of those that are made anew, whether they are due or not. */
  readonly renew?: ReadonlySet<string> | undefined;
  readonly io: PkiIo;
  readonly clock: Pick<Clock, "now">;
  readonly signal?: AbortSignal | undefined;
  /** Called at most once a second, and only when the work takes longer than two. */
  readonly onProgress?: ((progress: PkiProgress) => void) | undefined;
};

/** Paths are those of the operator's machine. Each promise resolves when the effect survives a power cut. */
export type PkiIo = {
  /** Undefined when there is no such file; throws PKI_UNREADABLE for everything else. */
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>;
  /** Temporary file, fsync, rename, fsync of the directory. Throws PKI_UNWRITABLE. */
  readonly writeFileAtomic: (path: string, bytes: Uint8Array, mode: number) => Promise<void>;
  /** Rename within one directory and fsync of it. Throws PKI_UNWRITABLE. */
  readonly rename: (from: string, to: string) => Promise<void>;
  /** With its parents; an existing one is left as it is. Throws PKI_UNWRITABLE. */
  readonly makeDirectory: (path: string, mode: number) => Promise<void>;
};
