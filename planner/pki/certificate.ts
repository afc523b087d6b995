// A certificate in the files of the PKI: reading it, and how long it lasts.
import { X509Certificate } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";

/** How far back the validity of new certificates begins, against clocks that are behind. */
export const backdateMs = 3_600_000;

/** The first certificate in a file's bytes. Throws PKI_UNREADABLE. */
export function readCertificate(file: string, bytes: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch (cause) {
    const reason = "not a certificate in PEM; restore it from a backup, or remove it to have it issued anew";
    throw new FlexkubeError("PKI_UNREADABLE", "a certificate cannot be read", { file, reason }, { cause });
  }
}

/** Milliseconds since 1970 between which a certificate is valid. */
export function lifeOf(certificate: X509Certificate): { readonly notBefore: number; readonly notAfter: number } {
  return { notBefore: certificate.validFromDate.getTime(), notAfter: certificate.validToDate.getTime() };
}

/** `2027-11-22T23:59:59Z`, for people. */
export function timeText(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
