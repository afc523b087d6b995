// One bounded HTTP exchange on a connection of its own, or on those that a caller keeps. It must leave nothing open that it
// opened, whatever the server does.
import {
  request as requestHttp,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { request as requestHttps } from "node:https";
import { isBrokenOnTheWay } from "./broken-on-the-way.ts";
import { createTlsConnections, type HttpTls, type TlsConnections } from "./tls-connections.ts";
import { watchHandshake } from "./tls-refusal.ts";

export type HttpExchangeOptions = {
  /** Limit of the whole exchange. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly tls?: HttpTls | undefined;
  /** Default GET. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | undefined;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** The rest of a longer answer is not read. Default 256 KiB: larger than any health text or etcd member list. */
  readonly maxBodyBytes?: number | undefined;
  /** How `body` is made of bytes; latin1 keeps all of them. Default utf8. */
  readonly encoding?: "utf8" | "latin1" | undefined;
  /**
   * For https: connections that are kept for further exchanges; whoever made them closes them. A server may end such a
   * one at any moment, and nobody can tell whether it took the request before: only for what may be asked twice.
   * Default: one connection, closed.
   */
  readonly connections?: TlsConnections | undefined;
  /** It may be asked twice: what broke on its way is tried once more, on a new connection. Default: with `connections`. */
  readonly repeatable?: boolean | undefined;
};

export type HttpAnswer = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The answer was longer than `maxBodyBytes`, so `body` is only its beginning. */
  readonly truncated: boolean;
};

const defaultMaxBodyBytes = 256 * 1024;
/** For connections that are used once; it keeps sessions only. */
const once = createTlsConnections();

/** So many interim answers (status 1xx) belong to no server that means well. */
const maxInterimAnswers = 16;

/**
 * Rejects with a system or TLS error, with a TimeoutError, or with the signal's reason. It ends with the first of answer,
 * error, close, deadline and signal, whatever node makes of the connection.
 */
export async function httpExchange(url: URL, options: HttpExchangeOptions): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  signal.throwIfAborted();
  try {
    return await exchange(url, options, signal);
  } catch (error) {
    // node wraps the reason of an abort
    signal.throwIfAborted();
    const { connections, repeatable = connections !== undefined } = options;
    if (repeatable && isBrokenOnTheWay(error)) return exchange(url, { ...options, connections: undefined }, signal);
    throw error;
  }
}

function exchange(url: URL, options: HttpExchangeOptions, signal: AbortSignal): Promise<HttpAnswer> {
  const { method = "GET", connections = once, tls = {} } = options;
  const common = { method, headers: headersOf(options) };
  const request =
    url.protocol === "https:"
      ? requestHttps(url, { ...common, agent: connections.agentOf(tls) })
      : requestHttp(url, { ...common, agent: false });
  watchHandshake(request, tls.certificate);
  let abort: (() => void) | undefined;
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    // not left to node: it forgets the signal of a request whose connection was taken over by an upgrade
    abort = (): void => {
      // the reason of our own signals is an error
      reject(signal.reason as Error);
      request.destroy();
    };
    signal.addEventListener("abort", abort, { once: true });
    settleWith(request, options, { resolve, reject });
    request.end(options.body);
  });
  return answer.finally(() => {
    if (abort !== undefined) signal.removeEventListener("abort", abort);
  });
}

type Settle = { readonly resolve: (answer: HttpAnswer) => void; readonly reject: (error: Error) => void };

/** Every way in which node tells that a request is over; what comes second changes nothing. */
function settleWith(request: ClientRequest, options: HttpExchangeOptions, { resolve, reject }: Settle): void {
  let answered = false;
  let interim = 0;
  request.on("response", (response) => {
    answered = true;
    readBounded(response, options).then((answer) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, ...answer });
      // an answer that was read to its end gives a kept connection back
      if (options.connections === undefined || answer.truncated) request.destroy();
    }, reject);
  });
  // a switch of protocols that nobody asked for is an answer without a body; after it node tells no more
  request.on("upgrade", ({ statusCode = 0, headers }, socket) => {
    socket.destroy();
    resolve({ status: statusCode, headers, body: "", truncated: false });
  });
  request.on("information", () => {
    interim += 1;
    if (interim > maxInterimAnswers) request.destroy(new Error("it answers without end that it goes on"));
  });
  // stays when we destroy it: a late error must not end the process
  request.on("error", reject);
  // of an answer that has begun its reader tells the end
  request.on("close", () => {
    if (!answered) reject(Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" }));
  });
}

function headersOf({ headers, body, connections }: HttpExchangeOptions): OutgoingHttpHeaders {
  return {
    accept: "*/*",
    ...(connections === undefined ? { connection: "close" } : {}),
    ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
    ...headers,
  };
}

async function readBounded(
  response: IncomingMessage,
  { maxBodyBytes: maxBytes = defaultMaxBodyBytes, encoding = "utf8" }: HttpExchangeOptions,
): Promise<{ readonly body: string; readonly truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) break;
  }
  const body = Buffer.concat(chunks).subarray(0, maxBytes).toString(encoding);
  return { body, truncated: size > maxBytes };
}
