// etcd's JSON gateway: one call by name, at one endpoint after the other until one answers.
import { failureText } from "#agent/health/failure-text.ts";
import { httpExchange } from "#agent/http/http-exchange.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { Secret } from "#shared/secret.ts";

export type EtcdGatewayOptions = {
  /** Client URLs. */
  readonly endpoints: readonly string[];
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: Secret<string> };
};

export type EtcdCall = { readonly signal?: AbortSignal | undefined; readonly deadlineMs: number };

export type EtcdGateway = {
  /**
   * Calls `/v3/<method>`; all endpoints together get the deadline. Throws ETCD_UNREACHABLE when none answers,
   * ETCD_REFUSED for an answer that is an error, or the signal's reason. A call that none has answered may have been done.
   */
  readonly call: (method: string, body: object, options: EtcdCall) => Promise<unknown>;
};

/** Calls that change nothing. */
const reads: ReadonlySet<string> = new Set([
  "kv/range",
  "lease/timetolive",
  "lease/leases",
  "cluster/member/list",
  "maintenance/status",
  "maintenance/alarm/list",
]);
/** etcd says this where it has no leader or is just ending: another member may do better. */
const unavailable = 503;
/** As unavailable in 3.5, as a failed precondition later; a member that votes does better. */
const ofLearner = /not supported for learner/;
/** Of a change of members, said as unavailable too: no other member would do it. */
const notWell = /unhealthy cluster/;

export function createEtcdGateway({ endpoints, tls }: EtcdGatewayOptions): EtcdGateway {
  return {
    call: async (method, body, { signal, deadlineMs }) => {
      const failures: string[] = [];
      const timeoutMs = Math.max(1, Math.floor(deadlineMs / Math.max(1, endpoints.length)));
      for (const endpoint of endpoints) {
        const answer = await ask(`${endpoint}/v3/${method}`, {
          body,
          timeoutMs,
          signal,
          tls,
          repeatable: reads.has(method),
        });
        if (answer.status === 200) return parsed(answer.body, method);
        failures.push(`${endpoint}: ${answer.body}`);
        if (isFinal(answer))
          throw new FlexkubeError("ETCD_REFUSED", "etcd refuses a call", {
            call: method,
            status: answer.status,
            reason: answer.body.slice(0, 500),
          });
      }
      throw new FlexkubeError("ETCD_UNREACHABLE", "no etcd member answers", {
        call: method,
        reason: failures.join("; ").slice(0, 1000),
      });
    },
  };
}

/** Whether another member would say the same. */
function isFinal(answer: Answer): answer is Answer & { readonly status: number } {
  const { status, body } = answer;
  if (status === undefined || ofLearner.test(body)) return false;
  return status !== unavailable || notWell.test(body);
}

type Ask = {
  readonly body: object;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly tls: EtcdGatewayOptions["tls"];
  readonly repeatable: boolean;
};

/** Without a status nobody has answered, and `body` tells why. */
type Answer = { readonly status?: number; readonly body: string };

async function ask(url: string, options: Ask): Promise<Answer> {
  const { body, timeoutMs, signal, tls, repeatable } = options;
  try {
    return await httpExchange(new URL(url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      timeoutMs,
      signal,
      repeatable,
      tls: { ca: tls.ca, certificate: tls.certificate, key: tls.key.reveal() },
    });
  } catch (error) {
    signal?.throwIfAborted();
    return { body: failureText(error) };
  }
}

function parsed(body: string, call: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new FlexkubeError(
      "ETCD_REFUSED",
      "etcd answers something that is no JSON",
      { call, status: 200, reason: body.slice(0, 500) },
      { cause: error },
    );
  }
}
