// Asks a container runtime over its socket whether it speaks CRI v1: one gRPC call, which needs no more than HTTP/2.
import { once } from "node:events";
import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { connect, type Socket } from "node:net";
import { errnoOf } from "#agent/files/errno.ts";

/**
 * yes: it answers. no: there is no socket, or what answers has no CRI (containerd with its plug-in switched off).
 * unknown: nobody knows now; it may be starting.
 */
export type CriAnswer = "yes" | "no" | "unknown";

const method = "/runtime.v1.RuntimeService/Version";
/** gRPC's framing of an empty message: not compressed, length 0. */
const emptyMessage = Buffer.alloc(5);
const ok = "0";
const unimplemented = "12";

/** Never rejects but with the signal's reason. */
export async function probeCri(
  socketPath: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<CriAnswer> {
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const limit = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  try {
    const status = await callVersion(socketPath, limit);
    if (status === ok) return "yes";
    return status === unimplemented ? "no" : "unknown";
  } catch (error) {
    options.signal?.throwIfAborted();
    return errnoOf(error) === "ENOENT" ? "no" : "unknown";
  }
}

/** Resolves to the call's grpc-status; undefined when the stream ended without one. */
async function callVersion(socketPath: string, limit: AbortSignal): Promise<string | undefined> {
  const socket = connect(socketPath);
  try {
    await once(socket, "connect", { signal: limit });
    return await callOver(socket, limit);
  } finally {
    socket.destroy();
  }
}

async function callOver(socket: Socket, limit: AbortSignal): Promise<string | undefined> {
  const session = connectHttp2("http://localhost", { createConnection: () => socket });
  try {
    return await new Promise((resolve, reject) => {
      session.once("error", reject);
      limit.addEventListener("abort", () => reject(new Error("aborted", { cause: limit.reason })), { once: true });
      request(session, { resolve, reject });
    });
  } finally {
    session.destroy();
  }
}

function request(
  session: ClientHttp2Session,
  settle: { readonly resolve: (status: string | undefined) => void; readonly reject: (error: Error) => void },
): void {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: method,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    [constants.HTTP2_HEADER_TE]: "trailers",
  });
  let status: string | undefined;
  const note = (headers: Readonly<Record<string, unknown>>): void => {
    const found = headers["grpc-status"];
    if (typeof found === "string") status = found;
  };
  // an answer without a message has its status in the headers
  stream.once("response", note);
  stream.once("trailers", note);
  stream.once("error", settle.reject);
  stream.once("close", () => settle.resolve(status));
  stream.resume();
  stream.end(emptyMessage);
}
