// When the first certificate among some texts ends, for warnings and metrics.
import { X509Certificate } from "node:crypto";

const pemCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** Earliest end of validity among all PEM certificates in the texts, RFC 3339; undefined when there is none. */
export function certificatesExpire(texts: readonly string[]): string | undefined {
  return texts
    .flatMap((text) => text.match(pemCertificate) ?? [])
    .flatMap((pem) => expiry(pem) ?? [])
    .toSorted()
    .at(0);
}

function expiry(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).validToDate.toISOString().replace(".000Z", "Z");
  } catch {
    // A file of the user's own may hold what only looks like a certificate: it has no end to report, and whether it is
    // good is for the program that reads it.
    return undefined;
  }
}
