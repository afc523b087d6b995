// Which minor versions the API servers have, each asked itself and not through a load balancer.
import { httpExchange } from "#agent/http/http-exchange.ts";
import { textAt } from "#agent/kubernetes/fields.ts";
import type { ApiServersFirst } from "#shared/reconcile/desired.ts";
import { reveal } from "#shared/secret.ts";
import type { AnsweringOptions } from "./answering.ts";

/** Name → such as `1.36`. One that is out of reach or answers something else is left out. Rejects only with the signal's reason. */
export async function apiServerVersions(
  { servers, ca, certificate, key }: ApiServersFirst,
  { deadlineMs: timeoutMs, signal }: AnsweringOptions,
): Promise<ReadonlyMap<string, string>> {
  const tls = { ca, certificate, key: reveal(key) };
  const found = await Promise.all(
    servers.map(async ({ name, url }) => {
      const version = await versionAt(new URL(url), { timeoutMs, signal, tls });
      return version === undefined ? [] : [[name, version] as const];
    }),
  );
  return new Map(found.flat());
}

/** Of the program, whatever version it emulates. */
async function versionAt(url: URL, options: Parameters<typeof httpExchange>[1]): Promise<string | undefined> {
  try {
    const { status, body } = await httpExchange(url, options);
    const answer: unknown = status === 200 ? JSON.parse(body) : undefined;
    return /^v?([0-9]+\.[0-9]+)\./.exec(textAt(answer, "gitVersion"))?.[1];
  } catch {
    // out of reach, or not an API server: it does not answer
    options.signal?.throwIfAborted();
    return undefined;
  }
}
