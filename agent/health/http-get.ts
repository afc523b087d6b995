// One bounded GET on a connection of its own. It must leave nothing open, whatever the server does.
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";

export type HttpGetOptions = {
  /** Limit of the whole exchange. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly tls?:
    | {
        /** PEM; without it the server is not verified. */
        readonly ca?: string | undefined;
        readonly certificate?: string | undefined;
        readonly key?: string | undefined;
      }
    | undefined;
};

export type HttpAnswer = {
  readonly status: number;
  /** At most `maxBodyBytes`; the rest is not read. */
  readonly body: string;
};

/** Larger than any health text, and than the member list of any etcd cluster. */
const maxBodyBytes = 256 * 1024;

/** Rejects with a system or TLS error, with a TimeoutError, or with the signal's reason. */
export async function httpGet(url: URL, options: HttpGetOptions): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  try {
    return await exchange(url, options, signal);
  } catch (error) {
    // node wraps the reason of an abort
    signal.throwIfAborted();
    throw error;
  }
}

function exchange(url: URL, options: HttpGetOptions, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      readBounded(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
        request.destroy();
      }, reject);
    };
    const common = { agent: false, signal, headers: { accept: "*/*", connection: "close" } };
    const request =
      url.protocol === "https:"
        ? requestHttps(url, { ...common, ...tlsOptions(options) }, answered)
        : requestHttp(url, common, answered);
    // stays when we destroy it: a late error must not end the process
    request.on("error", reject);
    request.end();
  });
}

function tlsOptions(options: HttpGetOptions): Readonly<Record<string, unknown>> {
  const { ca, certificate, key } = options.tls ?? {};
  return {
    rejectUnauthorized: ca !== undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readBounded(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= maxBodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBodyBytes).toString("utf8");
}
