// Errors of the engine port: made here from whatever a client or socket throws, and told apart by guards.
import { isBrokenOnTheWay } from "#agent/http/broken-on-the-way.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";

/** Codes of a socket that say: nobody answers there. */
const unreachableReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens on the engine's socket; is the engine running?",
  ENOENT: "the engine's socket does not exist; is the engine running and its socket mounted?",
  EACCES: "no permission to use the engine's socket; run as root or in the socket's group",
  ENOTSOCK: "the engine's socket path is not a socket",
  ECONNRESET: "the engine closed the connection",
  EPIPE: "the engine closed the connection",
  ECONNABORTED: "the engine closed the connection",
  ETIMEDOUT: "the connection to the engine timed out",
};

export function engineUnreachable(call: string, reason: string, cause?: unknown): FlexkubeError<"ENGINE_UNREACHABLE"> {
  return new FlexkubeError(
    "ENGINE_UNREACHABLE",
    "The container engine cannot be reached.",
    { call, reason },
    { cause },
  );
}

export function engineNotFound(call: string, reason: string, cause?: unknown): FlexkubeError<"ENGINE_NOT_FOUND"> {
  return new FlexkubeError("ENGINE_NOT_FOUND", "The container engine does not have it.", { call, reason }, { cause });
}

export function engineConflict(call: string, reason: string, cause?: unknown): FlexkubeError<"ENGINE_CONFLICT"> {
  return new FlexkubeError("ENGINE_CONFLICT", "The container engine reports a conflict.", { call, reason }, { cause });
}

export function engineRefused(
  call: string,
  answer: { readonly status: number; readonly reason: string },
  cause?: unknown,
): FlexkubeError<"ENGINE_REFUSED"> {
  return new FlexkubeError("ENGINE_REFUSED", "The container engine refused a call.", { call, ...answer }, { cause });
}

export function engineTimeout(call: string, afterMs: number, cause?: unknown): FlexkubeError<"ENGINE_TIMEOUT"> {
  return new FlexkubeError(
    "ENGINE_TIMEOUT",
    "The container engine did not answer in time.",
    { call, afterMs },
    { cause },
  );
}

/** What answers is no container engine, or none that we know. */
export function engineUnsupported(reason: string, cause?: unknown): FlexkubeError<"ENGINE_UNSUPPORTED"> {
  return new FlexkubeError(
    "ENGINE_UNSUPPORTED",
    "The container engine's answer is not understood.",
    { reason },
    { cause },
  );
}

/** Error of an image archive that broke while it was sent. */
export function archiveUnreadable(archive: NodeJS.ReadableStream, error: Error): FlexkubeError<"FILES_UNREADABLE"> {
  const path = "path" in archive && typeof archive.path === "string" ? archive.path : "image archive";
  const details = { path, reason: error.message };
  return new FlexkubeError("FILES_UNREADABLE", "The image archive cannot be read.", details, { cause: error });
}

/** The engine does not have the container, image or path that the call named. */
export function isEngineNotFound(error: unknown): error is FlexkubeError<"ENGINE_NOT_FOUND"> {
  return isFlexkubeError(error, "ENGINE_NOT_FOUND");
}

/** Nobody answers; nothing is known about what the engine did with the call. */
export function isEngineUnreachable(error: unknown): error is FlexkubeError<"ENGINE_UNREACHABLE"> {
  return isFlexkubeError(error, "ENGINE_UNREACHABLE");
}

/** HTTP status of an error that dockerode made of an answer. */
export function answerStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/**
 * The engine was changed for an older or a newer one, which does not speak the version that was agreed on. It says so before it does
 * anything.
 */
export function isOtherVersion(error: unknown): boolean {
  return answerStatus(error) === 400 && /\b(client|API) version\b/i.test(reasonOf(error));
}

/** Podman has no status of its own for it: in the words of a create, and of the database that a rename asks. */
const nameTaken = /\bname ("[^"]*" )?is already in use\b|UNIQUE constraint failed: ContainerConfig\.Name/;

/** Our error for what a call threw. Ours pass as they are; what is neither an answer nor a socket's is a bug. */
export function engineErrorOf(error: unknown, call: string): FlexkubeError {
  if (isFlexkubeError(error)) return error;
  const status = answerStatus(error);
  const reason = reasonOf(error);
  if (status === 404) return engineNotFound(call, reason, error);
  if (status === 409 || (status === 500 && nameTaken.test(reason))) return engineConflict(call, reason, error);
  if (status !== undefined) return engineRefused(call, { status, reason }, error);
  if (error instanceof SyntaxError) return engineUnsupported(`${call}: the answer is no JSON: ${reason}`, error);
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (code === undefined && !isBrokenOnTheWay(error))
    return new FlexkubeError(
      "INTERNAL_BUG",
      "An engine call failed in an unexpected way.",
      { reason },
      { cause: error },
    );
  return engineUnreachable(call, unreachableReasons[code ?? "ECONNRESET"] ?? reason, error);
}

/** The engine's own words, without dockerode's "(HTTP code …)" around them. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return error.message.replace(/^\(HTTP code [0-9]+\) (unexpected - )?/, "").trim();
}
