// Waits until a container's probe holds, or it is clear that it will not.
import type { Clock } from "#shared/clock.ts";
import { durationMs } from "#shared/duration.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { DesiredProbe } from "#shared/state/desired.ts";
import { probeOnce, type ProbedContainer, type ProbeResult } from "./probe.ts";

/**
 * So many looks in a row at a container that has ended mean that nobody starts it again: while Docker's restart policy
 * waits, the state is `restarting`.
 */
const endedLooks = 3;

/**
 * Tries every `probe.interval` until `probe.threshold` tries in a row succeed, or `deadlineAt` (epoch ms) has passed;
 * tries at least once. Rejects with the signal's reason as soon as it aborts, and with ENGINE_* when `look` does
 * (ENGINE_NOT_FOUND counts as no container).
 */
export async function waitHealthy(options: {
  readonly probe: DesiredProbe;
  readonly look: () => Promise<ProbedContainer | undefined>;
  readonly deadlineAt: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}): Promise<ProbeResult> {
  const { probe, clock, signal, deadlineAt } = options;
  let successes = 0;
  let ended = 0;
  let restarts: number | undefined;
  for (;;) {
    const container = await lookAt(options.look);
    const restarted = restarts !== undefined && container !== undefined && container.restartCount > restarts;
    restarts = container?.restartCount ?? restarts;
    const result = await probeOnce(probe, container, { clock, signal });
    successes = result.healthy ? (restarted ? 1 : successes + 1) : 0;
    if (successes >= probe.threshold) return result;
    ended = hasEnded(container) ? ended + 1 : 0;
    if (ended >= endedLooks) return result;
    const leftMs = deadlineAt - clock.now();
    if (leftMs <= 0) return { healthy: false, reason: `${result.reason}, and the deadline has passed` };
    await clock.sleep(Math.min(durationMs(probe.interval), leftMs), signal);
  }
}

async function lookAt(look: () => Promise<ProbedContainer | undefined>): Promise<ProbedContainer | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return undefined;
    throw error;
  }
}

function hasEnded(container: ProbedContainer | undefined): boolean {
  return container === undefined || container.state === "exited" || container.state === "dead";
}
