// When the first certificate among some texts ends, and when one is due to be made anew, for warnings and metrics.
import { X509Certificate } from "node:crypto";

const pemCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

const longLifeMs = 700 * 86_400_000;

/** Earliest end of validity among all PEM certificates in the texts, RFC 3339; undefined when there is none. */
export function certificatesExpire(texts: readonly string[]): string | undefined {
  return certificatesIn(texts)
    .map(({ validToDate }) => validToDate.toISOString().replace(".000Z", "Z"))
    .toSorted()
    .at(0);
}

/**
 * Epoch milliseconds when the first of them that is no CA is due to be made anew, as the planner does it: after half of a life of two years, which new
 * clusters have, and two thirds of a shorter one.
 */
export function renewalDue(texts: readonly string[]): number | undefined {
  return certificatesIn(texts)
    .filter(({ ca }) => !ca)
    .map(({ validFromDate, validToDate }) => {
      const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
      return from + (to - from) * (to - from >= longLifeMs ? 1 / 2 : 2 / 3);
    })
    .toSorted((a, b) => a - b)
    .at(0);
}

function certificatesIn(texts: readonly string[]): readonly X509Certificate[] {
  return texts.flatMap((text) => text.match(pemCertificate) ?? []).flatMap((pem) => parsed(pem) ?? []);
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // A file of the user's own may hold what only looks like a certificate: it has no end to report, and whether it is
    // good is for the program that reads it.
    return undefined;
  }
}
