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
