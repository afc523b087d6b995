// One bounded HTTP exchange on a connection of its own, or on those that a caller keeps. It must leave nothing open that it
// opened, whatever the server does.
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as requestHttps, type Agent } from "node:https";

export type HttpTls = {
  /** PEM; without it the server is not verified. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
};

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
  /** Connections that are kept for further exchanges; whoever made them destroys them. Default: one connection, closed. */
  readonly connections?: Agent | undefined;
};

export type HttpAnswer = {
  readonly status: number;
  readonly body: string;
  /** The answer was longer than `maxBodyBytes`, so `body` is only its beginning. */
  readonly truncated: boolean;
};

const defaultMaxBodyBytes = 256 * 1024;

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
    throw error;
  }
}

function exchange(url: URL, options: HttpExchangeOptions, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      readBounded(response, options.maxBodyBytes ?? defaultMaxBodyBytes).then((answer) => {
        resolve({ status: response.statusCode ?? 0, ...answer });
        // an answer that was read to its end gives a kept connection back
        if (options.connections === undefined || answer.truncated) request.destroy();
      }, reject);
    };
    const { method = "GET", connections } = options;
    const common = { method, signal, headers: headersOf(options) };
    const request =
      url.protocol === "https:"
        ? requestHttps(url, { ...common, agent: connections ?? false, ...tlsOptions(options.tls) }, answered)
        : requestHttp(url, { ...common, agent: false }, answered);
    // stays when we destroy it: a late error must not end the process
    request.on("error", reject);
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

function tlsOptions({ ca, certificate, key }: HttpTls = {}): Readonly<Record<string, unknown>> {
  return {
    rejectUnauthorized: ca !== undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
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
