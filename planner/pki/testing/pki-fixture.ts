// What the PKI's tests share: requests with what does not matter filled in, a clock that stands still, file texts.
import { X509Certificate } from "node:crypto";
import { readKey } from "#planner/pki/key.ts";
import { memoryPkiIo, type MemoryPkiIo } from "#planner/pki/memory-pki-io.ts";
import { preparePki } from "#planner/pki/prepare-pki.ts";
import type { CaRequest, CertificateRequest, PkiOptions, PreparedPki } from "#planner/pki/types.ts";

export const start = Date.parse("2027-01-01T00:00:00Z");
export const hour = 3_600_000;
export const day = 24 * hour;

export const etcdCa: CaRequest = { id: "etcd", commonName: "etcd-ca", validity: "87600h" };

/** A member's serving certificate, `etcd/<name>`. */
export function leafRequest(name: string, changes: Partial<CertificateRequest> = {}): CertificateRequest {
  return {
    id: `etcd/${name}`,
    ca: "etcd",
    commonName: name,
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1", "10.0.0.1", "::1"],
    usages: ["server", "client"],
    validity: "8760h",
    ...changes,
  };
}

export type Changes = Partial<PkiOptions> & { readonly now?: number };

export function optionsFor(io: MemoryPkiIo, changes: Changes = {}): PkiOptions {
  const { now = start, ...rest } = changes;
  return { directory: "pki", cas: [etcdCa], certificates: [leafRequest("h1")], io, clock: { now: () => now }, ...rest };
}

export function putText(io: MemoryPkiIo, path: string, text: string): void {
  io.files.set(path, { bytes: Buffer.from(text), mode: 0o600 });
}

/** The text of a file; "" when there is none. */
export function textOf(io: MemoryPkiIo, path: string): string {
  return Buffer.from(io.files.get(path)?.bytes ?? new Uint8Array()).toString("utf8");
}

export function certificateAt(io: MemoryPkiIo, path: string): X509Certificate {
  return new X509Certificate(textOf(io, path));
}

/** True when `<base>.crt` and `<base>.key` are there and belong together. */
export function isPair(io: MemoryPkiIo, base: string): boolean {
  const key = readKey(`${base}.key`, Buffer.from(textOf(io, `${base}.key`)));
  return certificateAt(io, `${base}.crt`).checkPrivateKey(key.object);
}

/** Prepares and writes, as a `split` does. */
export async function run(io: MemoryPkiIo, changes: Changes = {}): Promise<PreparedPki> {
  const prepared = await preparePki(optionsFor(io, changes));
  await prepared.write();
  return prepared;
}

/** Files after a first run. */
export async function existing(changes: Changes = {}): Promise<MemoryPkiIo> {
  const io = memoryPkiIo();
  await run(io, changes);
  return io;
}

/** The files as they are now, to compare with later. */
export function copyOf(io: MemoryPkiIo): ReadonlyMap<string, unknown> {
  return new Map(io.files);
}
