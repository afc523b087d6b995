// Which minor versions the API servers have, each asked itself and not through a load balancer.
import { httpExchange } from "#agent/http/http-exchange.ts";
import { tlsRefusal } from "#agent/http/tls-refusal.ts";
import { textAt } from "#shared/json-fields.ts";
import type { ApiServersFirst } from "#shared/state/desired.ts";
import type { PeerRefusal } from "#shared/state/peer-refusal.ts";
import { reveal } from "#shared/secret.ts";
import type { AnsweringOptions } from "./answering.ts";

export type ApiServerVersions = {
  /** Name → such as `1.36`. One that is out of reach or answers something else is left out. */
  readonly versions: ReadonlyMap<string, string>;
  readonly refusals: ReadonlyMap<string, PeerRefusal>;
};

/** Rejects only with the signal's reason. */
export async function apiServerVersions(
  { servers, ca, certificate, key }: ApiServersFirst,
  { deadlineMs: timeoutMs, signal }: AnsweringOptions,
): Promise<ApiServerVersions> {
  const tls = { ca, certificate, key: reveal(key) };
  const found = await Promise.all(
    servers.map(async ({ name, url }) => {
      return [name, await versionAt(new URL(url), { timeoutMs, signal, tls })] as const;
    }),
  );
  return {
    versions: new Map(found.flatMap(([name, answer]) => (typeof answer === "string" ? [[name, answer] as const] : []))),
    refusals: new Map(found.flatMap(([name, answer]) => (typeof answer === "object" ? [[name, answer] as const] : []))),
  };
}

/** Of the program, whatever version it emulates. */
async function versionAt(
  url: URL,
  options: Parameters<typeof httpExchange>[1],
): Promise<string | PeerRefusal | undefined> {
  try {
    const { status, body } = await httpExchange(url, options);
    const answer: unknown = status === 200 ? JSON.parse(body) : undefined;
    return /^v?([0-9]+\.[0-9]+)\./.exec(textAt(answer, "gitVersion"))?.[1];
  } catch (error) {
    // out of reach, or not an API server: it does not answer
    options.signal?.throwIfAborted();
    return tlsRefusal(error);
  }
}
