// One call of a container runtime over its socket: gRPC, of which a call with one answer needs no more than HTTP/2.
import { once } from "node:events";
import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { connect, type Socket } from "node:net";

export type CriCall = {
  /** Of the service runtime.v1.RuntimeService, such as `Version`. */
  readonly method: string;
  readonly message: Buffer;
};

export type CriResult = {
  /** The call's grpc-status; undefined when the stream ended without one. */
  readonly status: string | undefined;
  /** Empty where there is none, or none that is whole. */
  readonly message: Buffer;
};

export const grpcOk = "0";
export const grpcUnimplemented = "12";

/** A message of gRPC begins with a byte that says whether it is compressed, and its length in four. */
const frameBytes = 5;
/** The whole state of a runtime is some tens of KiB. */
const mostBytes = 4 * 1024 ** 2;

/** Rejects with errors of the socket, and when `limit` aborts. */
export async function callCri(socketPath: string, call: CriCall, limit: AbortSignal): Promise<CriResult> {
  const socket = connect(socketPath);
  try {
    await once(socket, "connect", { signal: limit });
    return await callOver(socket, call, limit);
  } finally {
    socket.destroy();
  }
}

async function callOver(socket: Socket, call: CriCall, limit: AbortSignal): Promise<CriResult> {
  const session = connectHttp2("http://localhost", { createConnection: () => socket });
  try {
    return await new Promise((resolve, reject) => {
      session.once("error", reject);
      limit.addEventListener("abort", () => reject(new Error("aborted", { cause: limit.reason })), { once: true });
      request(session, call, { resolve, reject });
    });
  } finally {
    session.destroy();
  }
}

function request(
  session: ClientHttp2Session,
  { method, message }: CriCall,
  settle: { readonly resolve: (result: CriResult) => void; readonly reject: (error: Error) => void },
): void {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: `/runtime.v1.RuntimeService/${method}`,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    [constants.HTTP2_HEADER_TE]: "trailers",
  });
  let status: string | undefined;
  let bytes = 0;
  const chunks: Buffer[] = [];
  const note = (headers: Readonly<Record<string, unknown>>): void => {
    const found = headers["grpc-status"];
    if (typeof found === "string") status = found;
  };
  // an answer without a message has its status in the headers
  stream.once("response", note);
  stream.once("trailers", note);
  stream.once("error", settle.reject);
  stream.once("close", () => settle.resolve({ status, message: unframed(Buffer.concat(chunks)) }));
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
    else stream.destroy(new Error(`more than ${mostBytes} bytes`));
  });
  stream.end(framed(message));
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(frameBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function unframed(answer: Buffer): Buffer {
  const isWhole =
    answer.length >= frameBytes && answer[0] === 0 && answer.readUInt32BE(1) === answer.length - frameBytes;
  return isWhole ? answer.subarray(frameBytes) : Buffer.alloc(0);
}
