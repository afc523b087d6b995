// Which failures of an exchange say that it broke on its way: whoever only asked may ask once more.
import { errorCode } from "#shared/error-code.ts";

const codes: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_STREAM_DESTROYED",
  "UND_ERR_SOCKET",
]);

/** A connection that was cut, or bytes that are no HTTP. Not one that nobody took, nor a time that is over. */
export function isBrokenOnTheWay(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.message === "socket hang up" || error.message === "aborted") return true;
  const code = errorCode(error);
  return code !== undefined && (codes.has(code) || code.startsWith("HPE_"));
}
