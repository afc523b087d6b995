// The issuing certificate of a CA file that may hold several: the first one.
const pemCertificate = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;

/** A text with one certificate, or none, comes out byte for byte. */
export function firstCertificate(text: string): string {
  const [first, second] = text.match(pemCertificate) ?? [];
  return first === undefined || second === undefined ? text : `${first}\n`;
}
