// One question to a web server for a host config: a GET, bounded in time and size, with the entity tag of what is known.
import { httpExchange } from "#agent/http/http-exchange.ts";
import { maxSealedBytes } from "#shared/sealed/envelope.ts";
import type { Authorities } from "./authorities.ts";
import { webFailure } from "./web-failure.ts";
import { fetchedOf } from "./fetched.ts";
import type { Fetched } from "./fetched.ts";

/** For the whole exchange: a host config has some 20 KB, and a server that drips is none. */
const limitMs = 20_000;

export type WebServer = {
  readonly url: URL;
  readonly authorities: () => Promise<Authorities>;
};

/** Rejects with the signal's reason alone. Redirects are not followed: what is at the URL is what was asked for. */
export async function askWebServer(
  { url, authorities }: WebServer,
  mark: string | undefined,
  signal: AbortSignal,
): Promise<Fetched> {
  const believed = await authorities();
  if ("reason" in believed)
    return { kind: "none", reason: `nobody is known whose certificates count: ${believed.reason}` };
  try {
    const answer = await httpExchange(url, {
      timeoutMs: limitMs,
      signal,
      tls: { ca: believed.pem },
      headers: { "user-agent": "flexkube-agent", ...(mark === undefined ? {} : { "if-none-match": mark }) },
      maxBodyBytes: maxSealedBytes,
      encoding: "latin1",
      repeatable: true,
    });
    return fetchedOf(answer, mark);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "none", reason: `it does not answer: ${webFailure(error)}` };
  }
}
