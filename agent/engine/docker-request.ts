// One HTTP request to Docker in plain data, and what the modem makes of it. It must not import dockerode.
import { text } from "node:stream/consumers";

export type DockerRequest = {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Below the API version, without query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly body?: object | undefined;
  /** Tar to upload. */
  readonly upload?: Buffer | NodeJS.ReadableStream | undefined;
  readonly registry?: { readonly username: string; readonly password: string; readonly serveraddress: string } | undefined;
};

export type DockerAnswer = NodeJS.ReadableStream & {
  readonly statusCode?: number;
  readonly headers: Readonly<Record<string, unknown>>;
};

/** The options of docker-modem's `dial` as far as we use them. */
export type DialOptions = {
  readonly path: string;
  readonly method: string;
  readonly isStream: true;
  readonly statusCodes: Readonly<Record<number, true>>;
  readonly abortSignal: AbortSignal;
  readonly options?: { readonly _query: object; readonly _body: object } | undefined;
  readonly file?: Buffer | NodeJS.ReadableStream | undefined;
  readonly authconfig?: object | undefined;
};

/** Had nothing to do (304) is success. */
const successes = { 200: true, 201: true, 204: true, 304: true } as const;

/** `dial` needs the question mark to add a query; an empty body object is left out. */
export function dialOptionsOf(request: DockerRequest, signal: AbortSignal): DialOptions {
  const query = Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined);
  return {
    path: `${request.path}?`,
    method: request.method,
    isStream: true,
    statusCodes: successes,
    abortSignal: signal,
    options: { _query: Object.fromEntries(query), _body: request.body ?? {} },
    ...(request.upload === undefined ? {} : { file: request.upload }),
    ...(request.registry === undefined ? {} : { authconfig: request.registry }),
  };
}

/** The answer's JSON document; null when it is empty. */
export async function jsonOf(answer: NodeJS.ReadableStream): Promise<unknown> {
  const body = await text(answer);
  return body.trim() === "" ? null : JSON.parse(body);
}
