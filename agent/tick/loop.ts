// The loop: tick, report, wait for the interval or for an engine event that concerns us, tick again.
import type { EventHub } from "./event-hub.ts";
import type { Nudges } from "./nudges.ts";
import { durationMs } from "#shared/duration.ts";
import { elapsed, isFailed, isWaiting, runTick } from "./run-tick.ts";
import type { Ticked } from "./run-tick.ts";
import { standBy, takingOver } from "./stand-by.ts";
import type { StandByOptions } from "./stand-by.ts";

export type LoopOptions = StandByOptions & {
  /** Between 0 and 1, for the jitter. */
  readonly random: () => number;
  /** Engine events that say that a tick is worth while. */
  readonly events: Pick<EventHub, "count" | "hint">;
  /** Reasons to look at once, whatever the last tick was: a delivered host config, SIGHUP. */
  readonly nudges?: readonly Pick<Nudges, "count" | "hint">[] | undefined;
  /** What may be done once a tick is over and before the pause. */
  readonly tidy?: (() => Promise<void>) | undefined;
};

const firstPauseMs = 1000;
/** After a change the next look comes soon, for the report to show what has become of it. */
const afterChangeMs = 2000;
/** A host that was reset begins again soon after `apply`. */
const whileStoppedMs = 5000;
/** What waits for other hosts looks again soon and does not back off. */
const afterWaitMs = 2000;
/** Where no host config says another: the schema's default. */
const defaultJitter = "5s";

/** Runs until the signal aborts; a tick that fails is reported and tried again with a growing pause. */
export async function runLoop(options: LoopOptions): Promise<void> {
  const { signal } = options;
  let { agent } = options;
  let failures = 0;
  let failingSince: number | undefined;
  let before = await agent.state.readReport();
  for (let count = 1; !signal.aborted; count++) {
    if (await standBy(options, count)) {
      if (signal.aborted) return;
      agent = await takingOver(agent);
      before = await agent.state.readReport();
    }
    const mark = options.events.count();
    const nudged = (options.nudges ?? []).map((nudges) => nudges.count());
    const begun = elapsed(options);
    const done = await runTick({ ...options, agent }, { count, before, failingSince });
    before = done.report;
    // a tick that changed something made events of its own; one that did not may have missed somebody else's
    const since = done.tick?.executions.length === 0 ? mark : options.events.count();
    failures = isFailed(done.report.result) ? failures + 1 : 0;
    failingSince = failures === 0 || isWaiting(done.report) ? undefined : (failingSince ?? begun);
    await options.tidy?.();
    const pause = pauseAfter(done, failures, options.random());
    await pauseOrHint(options, pause, { nudged, since: done.report.result === "stopped" ? undefined : since });
  }
}

function pauseAfter({ report, tick: done }: Ticked, failures: number, random: number): number {
  if (isWaiting(report)) return Math.min(afterWaitMs, report.intervalMs) * (0.75 + random / 2);
  if (failures > 0)
    return Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 10), report.intervalMs) * (0.75 + random / 2);
  // one that was cut off goes on at once
  if (report.result === "changed" || report.result === "working") return afterChangeMs;
  if (report.result === "stopped") return Math.min(whileStoppedMs, report.intervalMs);
  return report.intervalMs + random * durationMs(done?.loaded?.config.agent.jitter ?? defaultJitter);
}

/** How many the pause does not end for; of events undefined when none ends it. */
type Marks = { readonly nudged: readonly number[]; readonly since: number | undefined };

async function pauseOrHint(
  { agent, signal, events, nudges = [] }: LoopOptions,
  ms: number,
  { nudged, since }: Marks,
): Promise<void> {
  if (signal.aborted) return;
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  const waits = [
    agent.clock.sleep(ms, either),
    ...nudges.map(async (each, index) => each.hint(nudged[index] ?? 0, either)),
    ...(since === undefined ? [] : [events.hint(since, either)]),
  ];
  try {
    await Promise.race(waits.map(async (wait) => wait.catch((error: unknown) => unlessAborted(error, either))));
  } finally {
    end.abort();
    await Promise.allSettled(waits);
  }
}

function unlessAborted(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) throw error;
}
