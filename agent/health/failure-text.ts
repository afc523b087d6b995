// Why a connection failed, in the few words that fit a report.
import { tlsRefusal } from "#agent/http/tls-refusal.ts";
import { refusalText } from "#shared/state/peer-refusal.ts";
import { errorCode } from "#shared/error-code.ts";
import { networkWords } from "#shared/network-words.ts";

/** Such as `nothing listens there (ECONNREFUSED)`, `timed out`, or TLS's own sentence. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "timed out";
  const refusal = tlsRefusal(error);
  if (refusal !== undefined) return refusalText(refusal, ["it"]);
  const known = networkWords(error);
  if (known !== undefined) return known;
  const code = errorCode(error) ?? "";
  if (code !== "") return error.message.includes(code) || error.message === "" ? code : `${code}: ${error.message}`;
  return error.message;
}
