// Why a connection failed, in the few words that fit a report.
import { tlsRefusal } from "#agent/http/tls-refusal.ts";
import { refusalText } from "#shared/state/peer-refusal.ts";
import { errorCode } from "#shared/error-code.ts";
import { ownValue } from "#shared/own-value.ts";

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
  const code = errorCode(error) ?? "";
  const known = ownValue(words, code);
  if (known !== undefined) return `${known} (${code})`;
  if (code !== "") return error.message.includes(code) || error.message === "" ? code : `${code}: ${error.message}`;
  return error.message;
}
