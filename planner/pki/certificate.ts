// A certificate in the files of the PKI: reading it, and how long it lasts.
import { X509Certificate } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { readPem } from "#shared/pem.ts";

/** How far back the validity of new certificates begins, against clocks that are behind. */
export const backdateMs = 3_600_000;

/**
 * The first certificate in a file's bytes; those behind it must be readable too. Throws PKI_UNREADABLE, also for a file with a private
 * key in it: what trusts the certificate would get the key.
 */
export function readCertificate(file: string, bytes: Uint8Array): X509Certificate {
  const { blocks, fault } = readPem(Buffer.from(bytes).toString("utf8"));
  if (fault !== undefined) throw unreadable(file, `it ${fault.problem}. ${fault.hint}`);
  if (blocks.some(({ kind }) => kind.endsWith("PRIVATE KEY")))
    throw unreadable(
      file,
      "it holds a private key, which others would get with it; put that into the .key file beside it",
    );
  try {
    const [first, ...others] = blocks.filter(({ kind }) => kind === "CERTIFICATE").map(({ text }) => text);
    for (const other of others) void new X509Certificate(other);
    return new X509Certificate(first ?? "");
  } catch (cause) {
    throw unreadable(
      file,
      "not a certificate in PEM; restore it from a backup, or remove it to have it issued anew",
      cause,
    );
  }
}

function unreadable(file: string, reason: string, cause?: unknown): FlexkubeError {
  return new FlexkubeError("PKI_UNREADABLE", "a certificate cannot be read", { file, reason }, { cause });
}

/** Milliseconds since 1970 between which a certificate is valid. */
export function lifeOf(certificate: X509Certificate): { readonly notBefore: number; readonly notAfter: number } {
  return { notBefore: certificate.validFromDate.getTime(), notAfter: certificate.validToDate.getTime() };
}

/** `2027-11-22T23:59:59Z`, for people. */
export function timeText(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
