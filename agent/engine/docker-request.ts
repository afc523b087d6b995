// One HTTP request to Docker in plain data, and what dockerode's modem takes for it. It must not import dockerode.
import { bounded } from "./bounded.ts";
import { answerStatus, engineUnsupported } from "./errors.ts";

export type DockerRequest = {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Below the API version, without query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly body?: object | undefined;
  /** Tar to upload. */
  readonly upload?: Buffer | NodeJS.ReadableStream | undefined;
  readonly registry?:
    | { readonly username: string; readonly password: string; readonly serveraddress: string }
    | undefined;
};

export type DockerAnswer = NodeJS.ReadableStream & {
  readonly headers: Readonly<Record<string, unknown>>;
  /** Ends it before its end. */
  readonly destroy: () => unknown;
};

/** Sends one request; resolves when the answer begins, throws what the modem throws for other answers. */
export type Send = (request: DockerRequest) => Promise<DockerAnswer>;

/** The options of the modem's `dial` as far as we use them. */
export type DialOptions = {
  readonly path: string;
  readonly method: string;
  readonly isStream: true;
  readonly statusCodes: Readonly<Record<number, true>>;
  readonly abortSignal: AbortSignal;
  readonly options: { readonly _query: object; readonly _body: object };
  readonly file?: Buffer | NodeJS.ReadableStream;
  readonly authconfig?: object;
};

export type Dial = (options: DialOptions, callback: (error: Error | null, answer: DockerAnswer) => void) => void;

/** 304 says that a start or stop had nothing to do. */
const successes = { 200: true, 201: true, 204: true, 304: true } as const;

/** `dial` adds the query behind a question mark, if there is one, and leaves an empty body out. */
export function dialOptionsOf(request: DockerRequest, signal: AbortSignal): DialOptions {
  const query = Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined);
  return {
    path: query.length === 0 ? request.path : `${request.path}?`,
    method: request.method,
    isStream: true,
    statusCodes: successes,
    abortSignal: signal,
    options: { _query: Object.fromEntries(query), _body: request.body ?? {} },
    ...(request.upload === undefined ? {} : { file: request.upload }),
    ...(request.registry === undefined ? {} : { authconfig: request.registry }),
  };
}

/** Resolves when the answer begins. */
export function dialled(dial: Dial, options: DialOptions): Promise<DockerAnswer> {
  return new Promise((resolve, reject) => {
    dial(options, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

/** More than the list of ten thousand containers with long labels. */
const maxJsonBytes = 64 * 1024 * 1024;

/** The answer's JSON document; null when it is empty. Throws ENGINE_UNSUPPORTED for one that is too long. */
export async function jsonOf(answer: NodeJS.ReadableStream): Promise<unknown> {
  const body = Buffer.from(await bounded(answer, maxJsonBytes + 1)).toString("utf8");
  if (body.length > maxJsonBytes) throw engineUnsupported(`an answer is longer than ${maxJsonBytes} bytes`);
  return body.trim() === "" ? null : JSON.parse(body);
}

/** Reads an answer to its end and keeps nothing of it, so that its connection can serve the next call. */
export async function drain(answer: NodeJS.ReadableStream): Promise<void> {
  for await (const chunk of answer) void chunk;
}

/** The answer, or undefined for a 404. */
export async function unlessMissing(answer: Promise<DockerAnswer>): Promise<DockerAnswer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (answerStatus(error) === 404) return undefined;
    throw error;
  }
}
