// Which of the others of a container's kind answer now. etcd's members are asked by agent/etcd/evidence.ts.
import { httpExchange } from "#agent/http/http-exchange.ts";
import { tlsRefusal } from "#agent/http/tls-refusal.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { Answering } from "#shared/reconcile/disruption/disruption-gate.ts";
import type { PeerRefusal } from "#shared/state/peer-refusal.ts";

export type AnsweringOptions = {
  /** Limit of each request; all run at once. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** One that is out of reach or says that it is not ready does not answer. Rejects only with the signal's reason. */
export async function answeringPeers({ disruption }: DesiredContainer, options: AnsweringOptions): Promise<Answering> {
  const found = await Promise.all(
    (disruption?.peers ?? []).map(
      async ({ name, url }) => [name, await askReady(url, disruption?.ca, options)] as const,
    ),
  );
  return {
    names: found.flatMap(([name, answer]) => (answer === true ? [name] : [])).toSorted(),
    refusals: new Map(found.flatMap(([name, answer]) => (typeof answer === "object" ? [[name, answer] as const] : []))),
  };
}

async function askReady(
  url: string,
  ca: string | undefined,
  { deadlineMs: timeoutMs, signal }: AnsweringOptions,
): Promise<boolean | PeerRefusal> {
  try {
    return (await httpExchange(new URL(url), { timeoutMs, signal, tls: { ca } })).status === 200;
  } catch (error) {
    // out of reach, or not one of ours: it does not answer
    signal?.throwIfAborted();
    return tlsRefusal(error, {}) ?? false;
  }
}
