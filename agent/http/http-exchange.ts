// One bounded HTTP exchange on a connection of its own, or on those that a caller keeps. It must leave nothing open that it
// opened, whatever the server does.
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as requestHttps } from "node:https";
import { createTlsConnections, type HttpTls, type TlsConnections } from "./tls-connections.ts";

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
  /**
   * For https: connections that are kept for further exchanges; whoever made them closes them. A server may end such a
   * one at any moment, and nobody can tell whether it took the request before: only for what may be asked twice.
   * Default: one connection, closed.
   */
  readonly connections?: TlsConnections | undefined;
};

export type HttpAnswer = {
  readonly status: number;
  readonly body: string;
  /** The answer was longer than `maxBodyBytes`, so `body` is only its beginning. */
  readonly truncated: boolean;
};

const defaultMaxBodyBytes = 256 * 1024;
/** For connections that are used once; it keeps sessions only. */
const once = createTlsConnections();

/** Rejects with a system or TLS error, with a TimeoutError, or with the signal's reason. */
export async function httpExchange(url: URL, options: HttpExchangeOptions): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  signal.throwIfAborted();
  try {
    return await exchange(url, options, signal);
  } catch (error) {
    // node wraps the reason of an abort
    signal.throwIfAborted();
    if (error instanceof KeptConnectionEnded) return exchange(url, { ...options, connections: undefined }, signal);
    throw error;
  }
}

/** A kept connection was over before it brought an answer. */
class KeptConnectionEnded extends Error {}

function exchange(url: URL, options: HttpExchangeOptions, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      readBounded(response, options.maxBodyBytes ?? defaultMaxBodyBytes).then((answer) => {
        resolve({ status: response.statusCode ?? 0, ...answer });
        // an answer that was read to its end gives a kept connection back
        if (options.connections === undefined || answer.truncated) request.destroy();
      }, reject);
    };
    const { method = "GET", connections = once, tls = {} } = options;
    const common = { method, signal, headers: headersOf(options) };
    const request =
      url.protocol === "https:"
        ? requestHttps(url, { ...common, agent: connections.agentOf(tls) }, answered)
        : requestHttp(url, { ...common, agent: false }, answered);
    // stays when we destroy it: a late error must not end the process
    request.on("error", (error) => {
      reject(request.reusedSocket && isEnd(error) ? new KeptConnectionEnded("", { cause: error }) : error);
    });
    request.end(options.body);
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

function isEnd(error: Error): boolean {
  return "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

async function readBounded(
  response: IncomingMessage,
  maxBytes: number,
): Promise<{ readonly body: string; readonly truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) break;
  }
  const body = Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
  return { body, truncated: size > maxBytes };
}
