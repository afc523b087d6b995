// The watchdog of the loop: how long it may be silent, and what counts as life.
import { clearInterval, setInterval } from "node:timers";
import type { Log } from "#agent/log/round-log.ts";
import type { Engine } from "#agent/engine/engine.ts";
import type { Report } from "#agent/report/report.ts";
import { countCalls } from "#agent/watchdog/count-calls.ts";
import { startWatchdog } from "#agent/watchdog/watchdog.ts";

export type LoopWatch = {
  readonly alive: () => void;
  /** The interval that the silence is measured by. */
  readonly follow: (report: Report) => void;
  /** The engine whose calls count as life while they are under way. */
  readonly engine: Engine;
  readonly close: () => Promise<void>;
};

/** Intervals that the loop may miss. */
const missedIntervals = 10;
const atLeastMs = 300_000;
const everyMs = 5000;

/** Watches until it is closed. */
export function watchLoop(engine: Engine, log: Log): LoopWatch {
  const watchdog = startWatchdog({
    limitMs: atLeastMs,
    onError: (error) => log.warn({ err: error }, "the watchdog has ended; nothing watches the loop"),
  });
  let calls = 0;
  // each call ends by its own deadline; a thread that is blocked does not get here
  const timer = setInterval(() => {
    if (calls > 0) watchdog.alive();
  }, everyMs);
  timer.unref();
  return {
    alive: watchdog.alive,
    follow: ({ intervalMs }) => watchdog.limit(Math.max(atLeastMs, missedIntervals * intervalMs)),
    engine: countCalls(engine, (by) => (calls += by), ["events", "output"]),
    close: async () => {
      clearInterval(timer);
      await watchdog.close();
    },
  };
}
