// Why a connection came to nothing, in words instead of the system's calls.
import { errorCode } from "./error-code.ts";
import { ownValue } from "./own-value.ts";

/** By the codes of connect(2) and of getaddrinfo(3), as Node names them. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  ETIMEDOUT: "no answer",
  ENOTFOUND: "there is no such name",
  EAI_AGAIN: "no name server answers",
};

/** Such as `nothing listens there (ECONNREFUSED)`; undefined for what is none of these. */
export function networkWords(error: unknown): string | undefined {
  const code = errorCode(error) ?? "";
  const known = ownValue(words, code);
  return known === undefined ? undefined : `${known} (${code})`;
}

/** Codes of TLS where nobody who is believed has signed the other side's certificate; Node's own words are about its options. */
const unknownSigner = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

/** `its certificate is of no CA that is ...`; undefined where that is not the reason. */
export function strangeCertificate(error: unknown, believed: string): string | undefined {
  const code = errorCode(error) ?? "";
  return unknownSigner.has(code) ? `its certificate is of no CA that ${believed} (${code})` : undefined;
}
