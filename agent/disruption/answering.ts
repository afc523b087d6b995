// Which of the others of a container's kind answer now.
import { gatherEtcdEvidence } from "#agent/etcd/evidence.ts";
import { httpExchange } from "#agent/http/http-exchange.ts";
import type { DesiredContainer } from "#shared/reconcile/desired.ts";

export type AnsweringOptions = {
  /** Limit of each request; all run at once. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** Names, sorted. One that is out of reach or says that it is not ready does not answer. Rejects only with the signal's reason. */
export async function answeringPeers(
  container: DesiredContainer,
  options: AnsweringOptions,
): Promise<readonly string[]> {
  const { etcd, disruption } = container;
  if (etcd !== undefined) return (await gatherEtcdEvidence(etcd, options)).healthy;
  const found = await Promise.all(
    (disruption?.peers ?? []).map(async ({ name, url }) =>
      (await isReady(url, disruption?.ca, options)) ? [name] : [],
    ),
  );
  return found.flat().toSorted();
}

async function isReady(url: string, ca: string | undefined, options: AnsweringOptions): Promise<boolean> {
  const { deadlineMs: timeoutMs, signal } = options;
  try {
    return (await httpExchange(new URL(url), { timeoutMs, signal, tls: { ca } })).status === 200;
  } catch {
    // out of reach, or not one of ours: it does not answer
    signal?.throwIfAborted();
    return false;
  }
}
