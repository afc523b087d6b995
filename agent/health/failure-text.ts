// Why a connection failed, in the few words that fit a report.
import { tlsRefusal } from "#agent/http/tls-refusal.ts";
import { refusalText } from "#shared/state/peer-refusal.ts";

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  ETIMEDOUT: "timed out",
  ENOTFOUND: "there is no such name",
};

/** Such as `nothing listens there (ECONNREFUSED)`, `timed out`, or TLS's own sentence. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "timed out";
  const refusal = tlsRefusal(error);
  if (refusal !== undefined) return refusalText(refusal, ["it"]);
  if ("code" in error && typeof error.code === "string" && Object.hasOwn(words, error.code))
    return `${words[error.code]} (${error.code})`;
  if ("code" in error && typeof error.code === "string" && error.code !== "")
    return error.message.includes(error.code) || error.message === "" ? error.code : `${error.code}: ${error.message}`;
  return error.message;
}
