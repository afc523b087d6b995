// Waits until a container that runs to its end has ended, and says whether its work is done.
import type { ContainerDetails, Engine } from "#agent/engine/engine.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { OnceRule } from "#shared/state/desired.ts";
import { hasSucceeded, missingProduct } from "#shared/reconcile/container/has-done-once.ts";
import type { ProbeResult } from "./probe.ts";

export type WaitEndedOptions = {
  readonly engine: Pick<Engine, "inspect" | "wait">;
  readonly tree: Pick<HostTree, "observe">;
  readonly container: string;
  readonly rule: OnceRule;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  /** Pause between two looks at a container that the engine starts again. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Healthy: it ended with 0 and all that it makes is there. Another exit code is the end of the wait, unless the engine's
 * restart policy goes on. Rejects with the signal's reason as soon as it aborts, and with ENGINE_*.
 */
export async function waitEnded(options: WaitEndedOptions): Promise<ProbeResult> {
  const { engine, container, clock, signal, deadlineAt } = options;
  for (let look = 1; ; look++) {
    const found = await inspect(options);
    if (found === undefined) return { healthy: false, reason: "there is no container" };
    if (hasSucceeded(found)) return judge(options);
    if (found.state !== "running" && found.state !== "restarting") return { healthy: false, reason: endOf(found) };
    const leftMs = deadlineAt - clock.now();
    if (leftMs <= 0) return { healthy: false, reason: "it has not ended, and the deadline has passed" };
    if (look > 1) await clock.sleep(Math.min(options.intervalMs, leftMs), signal);
    await ended(engine, container, { deadlineMs: Math.max(1, deadlineAt - clock.now()), signal });
  }
}

async function inspect({ engine, container, signal }: WaitEndedOptions): Promise<ContainerDetails | undefined> {
  try {
    return await engine.inspect(container, { signal });
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** A wait that takes too long, or that has nothing to wait for any more, is for the next look to judge. */
async function ended(
  engine: WaitEndedOptions["engine"],
  container: string,
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  try {
    await engine.wait(container, options);
  } catch (error) {
    if (!isFlexkubeError(error, "ENGINE_TIMEOUT") && !isFlexkubeError(error, "ENGINE_NOT_FOUND")) throw error;
  }
}

async function judge({ tree, rule, signal }: WaitEndedOptions): Promise<ProbeResult> {
  const missing = missingProduct(rule, await tree.observe(rule.produces, { signal }));
  if (missing !== undefined) return { healthy: false, reason: `it ended with exit code 0, but ${missing} is missing` };
  return { healthy: true, reason: "it has done its work" };
}

function endOf({ state, exitCode }: ContainerDetails): string {
  return state === "exited" || state === "dead" ? `it ended with exit code ${exitCode}` : `the container is ${state}`;
}
