// The Kubernetes API over mutual TLS: every request bounded in time and size, connections kept until `close`.
import { Agent } from "node:https";
import { failureText } from "#agent/health/failure-text.ts";
import { httpExchange } from "#agent/http/http-exchange.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { DesiredApi } from "#shared/reconcile/desired.ts";
import { createClient } from "./client.ts";
import type { KubernetesClient } from "./client.ts";

/** Opens clients; the only thing that main.ts knows of all this. */
export type ConnectKubernetes = (api: DesiredApi) => KubernetesClient;

/** An API server that works answers in far less. */
const readDeadlineMs = 3000;
/** A write may have to wait for admission webhooks. */
const writeDeadlineMs = 15_000;
/** Larger than any object: etcd takes 1.5 MiB. */
const maxAnswerBytes = 4 * 1024 * 1024;
const maxConnections = 8;

/** A client that nobody else shares; it opens nothing before its first request. */
export function connectKubernetes(api: DesiredApi): KubernetesClient {
  const connections = new Agent({ keepAlive: true, maxSockets: maxConnections });
  const tls = { ca: api.ca, certificate: api.certificate, key: api.key.reveal() };
  return createClient(
    async ({ method, path, headers, body }, signal) => {
      const call = `${method} ${path}`;
      try {
        const answer = await httpExchange(new URL(path, api.server), {
          timeoutMs: method === "GET" ? readDeadlineMs : writeDeadlineMs,
          maxBodyBytes: maxAnswerBytes,
          signal,
          tls,
          method,
          headers,
          body,
          connections,
        });
        if (!answer.truncated) return answer;
      } catch (error) {
        signal.throwIfAborted();
        throw unreachable(call, failureText(error), error);
      }
      throw unreachable(call, "its answer is too long");
    },
    () => connections.destroy(),
  );
}

function unreachable(call: string, reason: string, cause?: unknown): FlexkubeError {
  return new FlexkubeError(
    "KUBERNETES_UNREACHABLE",
    "the Kubernetes API does not answer",
    { call, reason },
    cause === undefined ? undefined : { cause },
  );
}
