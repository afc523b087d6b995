// One try of a container's probe.
import { connect } from "node:net";
import { httpExchange } from "#agent/http/http-exchange.ts";
import type { Clock } from "#shared/clock.ts";
import { durationMs } from "#shared/duration.ts";
import type { DesiredProbe } from "#shared/state/desired.ts";
import { failureText } from "./failure-text.ts";

/** What the engine says about the container; undefined when there is none. */
export type ProbedContainer = {
  readonly state: string;
  /** Epoch milliseconds. */
  readonly startedAt?: number | undefined;
  readonly restartCount: number;
};

export type ProbeResult = { readonly healthy: boolean; readonly reason: string };

/**
 * A container that does not run is not healthy, whoever answers on its port. Rejects only with the signal's reason;
 * everything else is a result.
 */
export async function probeOnce(
  probe: DesiredProbe,
  container: ProbedContainer | undefined,
  options: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<ProbeResult> {
  options.signal?.throwIfAborted();
  if (container === undefined) return { healthy: false, reason: "there is no container" };
  if (container.state !== "running") return { healthy: false, reason: `the container is ${container.state}` };
  if (probe.http === undefined && probe.tcp === undefined) return settled(probe, container, options.clock);
  try {
    return probe.http === undefined ? await probeTcp(probe, options.signal) : await probeHttp(probe, options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    return { healthy: false, reason: `${targetOf(probe)}: ${failureText(error)}` };
  }
}

/** Whether the container is healthy by one of these; all are tried at once. */
export async function anyHolds(
  probes: readonly DesiredProbe[],
  container: ProbedContainer,
  options: Parameters<typeof probeOnce>[2],
): Promise<boolean> {
  const results = await Promise.all(probes.map(async (probe) => probeOnce(probe, container, options)));
  return results.some(({ healthy }) => healthy);
}

function settled(probe: DesiredProbe, container: ProbedContainer, clock: Clock): ProbeResult {
  const ranMs = container.startedAt === undefined ? 0 : clock.now() - container.startedAt;
  const reason = `it has not run for ${probe.settle} yet`;
  return ranMs >= durationMs(probe.settle) ? { healthy: true, reason: "it runs" } : { healthy: false, reason };
}

async function probeHttp(probe: DesiredProbe, signal: AbortSignal | undefined): Promise<ProbeResult> {
  const target = targetOf(probe);
  const wanted = probe.http?.status;
  const tls = probe.http?.ca === undefined ? {} : { ca: probe.http.ca };
  const { status } = await httpExchange(new URL(target), { timeoutMs: durationMs(probe.timeout), signal, tls });
  if (status === wanted) return { healthy: true, reason: `${target} answers ${status}` };
  return { healthy: false, reason: `${target} answers ${status}; ${wanted} is asked for` };
}

function probeTcp(probe: DesiredProbe, signal: AbortSignal | undefined): Promise<ProbeResult> {
  const target = targetOf(probe);
  const timeout = AbortSignal.timeout(durationMs(probe.timeout));
  const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: probe.tcp?.address, port: probe.tcp?.port ?? 0 });
    const abort = (): void => {
      socket.destroy();
      // the reason of our own signals is an error
      reject(limit.reason as Error);
    };
    limit.addEventListener("abort", abort, { once: true });
    socket.once("close", () => limit.removeEventListener("abort", abort));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve({ healthy: true, reason: `${target} accepts connections` });
    });
  });
}

/** Where a probe asks, as a URL; empty for one that asks nobody. */
export function targetOf({ http, tcp }: DesiredProbe): string {
  if (http !== undefined) return `${http.scheme}://${hostOf(http.address)}:${http.port}${http.path}`;
  return tcp === undefined ? "" : `tcp://${hostOf(tcp.address)}:${tcp.port}`;
}

function hostOf(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
