// Why a connection failed, in the few words that fit a report.
import { tlsRefusal } from "#agent/http/tls-refusal.ts";
import { refusalText } from "#shared/reconcile/peer-refusal.ts";

/** Such as `ECONNREFUSED`, `timed out`, or TLS's own sentence. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "timed out";
  const refusal = tlsRefusal(error);
  if (refusal !== undefined) return refusalText(refusal, ["it"]);
  if ("code" in error && typeof error.code === "string" && error.code !== "")
    return error.message.includes(error.code) || error.message === "" ? error.code : `${error.code}: ${error.message}`;
  return error.message;
}
