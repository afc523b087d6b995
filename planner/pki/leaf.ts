// One leaf certificate as it stands on disk, with the trace that an interrupted replacement has left.
import type { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { lifeOf, readCertificate } from "./certificate.ts";
import { readKey, type Key } from "./key.ts";
import type { CertificateRequest, PkiIo } from "./types.ts";

export type LeafFiles = {
  readonly certificate: string;
  readonly key: string;
  /** The key of a replacement, until the certificate that uses it is there. */
  readonly nextKey: string;
};

export type Leaf = {
  readonly request: CertificateRequest;
  readonly files: LeafFiles;
  /** As it stands in the file, and its first certificate. */
  readonly certificate: { readonly pem: string; readonly parsed: X509Certificate } | undefined;
  /** With a certificate: the key that belongs to it, wherever it was found. */
  readonly key: Key | undefined;
  /** The key was found at `nextKey`: a replacement was cut short after its certificate was written. */
  readonly interrupted: boolean;
};

export type Life = { readonly notBefore: number; readonly notAfter: number };

/** What is kept of a leaf that has been judged: forty thousand parsed certificates and keys are a gigabyte. */
export type JudgedLeaf = Pick<Leaf, "request" | "files" | "interrupted"> & {
  readonly certificate: { readonly pem: string; readonly life: Life } | undefined;
  /** One without a certificate. */
  readonly key: Key | undefined;
};

export function judgedLeaf({ request, files, interrupted, certificate, key }: Leaf): JudgedLeaf {
  if (certificate === undefined) return { request, files, interrupted, certificate, key };
  const { pem, parsed } = certificate;
  return { request, files, interrupted, certificate: { pem, life: lifeOf(parsed) }, key: undefined };
}

/** Reads one leaf. Throws PKI_UNREADABLE, or PKI_MISMATCH when no key found belongs to its certificate. */
export async function readLeaf(request: CertificateRequest, directory: string, io: PkiIo): Promise<Leaf> {
  const base = join(directory, request.id);
  const files: LeafFiles = { certificate: `${base}.crt`, key: `${base}.key`, nextKey: `${base}.key.next` };
  const certificateBytes = await io.readFile(files.certificate);
  const key = await readKeyFile(files.key, io);
  if (certificateBytes === undefined) return { request, files, certificate: undefined, key, interrupted: false };

  const parsed = readCertificate(files.certificate, certificateBytes);
  const found = { request, files, certificate: { pem: Buffer.from(certificateBytes).toString("utf8"), parsed } };
  if (key !== undefined && parsed.checkPrivateKey(key.object)) return { ...found, key, interrupted: false };
  const nextKey = await readKeyFile(files.nextKey, io);
  if (nextKey !== undefined && parsed.checkPrivateKey(nextKey.object))
    return { ...found, key: nextKey, interrupted: true };
  if (key === undefined) return { ...found, key, interrupted: false };
  const reason = `belongs to another key than the one in ${files.key}; restore the pair from a backup, or remove both to have them made anew`;
  throw new FlexkubeError("PKI_MISMATCH", "a certificate and its key do not match", {
    file: files.certificate,
    reason,
  });
}

async function readKeyFile(file: string, io: PkiIo): Promise<Key | undefined> {
  const bytes = await io.readFile(file);
  return bytes === undefined ? undefined : readKey(file, bytes);
}
