// The Kubernetes API over mutual TLS: every request bounded in time and size, connections for reads kept from tick to tick.
import { failureText } from "#agent/health/failure-text.ts";
import { httpExchange } from "#agent/http/http-exchange.ts";
import { createTlsConnections, type TlsConnections } from "#agent/http/tls-connections.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { DesiredApi } from "#shared/state/desired-api.ts";
import { createClient } from "./kubernetes-client.ts";
import type { ApiExchange, KubernetesClient } from "./kubernetes-client.ts";

/** A client by these credentials; it opens nothing before its first request. */
export type ConnectKubernetes = (api: DesiredApi) => KubernetesClient;

export type KubernetesConnections = {
  readonly connect: ConnectKubernetes;
  /** Ends all connections; clients must not be used any more. */
  readonly close: () => void;
};

/** An API server that works answers in far less. */
const readDeadlineMs = 3000;
/** A write may have to wait for admission webhooks. */
const writeDeadlineMs = 15_000;
/** Larger than any object: etcd takes 1.5 MiB. */
const maxAnswerBytes = 4 * 1024 * 1024;
const keptConnections = 4;

/** Once for a process. */
export function createKubernetesConnections(): KubernetesConnections {
  const kept = createTlsConnections({ keep: keptConnections });
  return { connect: (api) => createClient(exchangeWith(api, kept)), close: kept.close };
}

function exchangeWith(api: DesiredApi, kept: TlsConnections): ApiExchange {
  const tls = { ca: api.ca, certificate: api.certificate, key: api.key.reveal() };
  return async ({ method, path, headers, body }, signal) => {
    const call = `${method} ${path}`;
    const isRead = method === "GET";
    try {
      const answer = await httpExchange(new URL(path, api.server), {
        timeoutMs: isRead ? readDeadlineMs : writeDeadlineMs,
        maxBodyBytes: maxAnswerBytes,
        signal,
        tls,
        method,
        headers,
        body,
        // a write on a connection that ends may have been done or not
        connections: isRead ? kept : undefined,
        repeatable: isRead,
      });
      if (!answer.truncated) return answer;
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(call, failureText(error), error);
    }
    throw unreachable(call, "its answer is too long");
  };
}

function unreachable(call: string, reason: string, cause?: unknown): FlexkubeError {
  return new FlexkubeError(
    "KUBERNETES_UNREACHABLE",
    "the Kubernetes API does not answer",
    { call, reason },
    cause === undefined ? undefined : { cause },
  );
}
