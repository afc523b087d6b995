// The loop: tick, report, wait for the interval or for an engine event that concerns us, tick again.
import type { EventHub } from "#agent/event-hub.ts";
import type { Report } from "#agent/report/report.ts";
import { durationMs } from "#shared/duration.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { makeReport } from "./make-report.ts";
import type { TickFacts } from "./make-report.ts";
import { tick } from "./tick.ts";
import type { Agent, Tick } from "./tick.ts";

export type LoopOptions = {
  readonly agent: Agent;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Between 0 and 1, for the jitter. */
  readonly random: () => number;
  /** Engine events that say that a tick is worth while. */
  readonly events: Pick<EventHub, "count" | "hint">;
  readonly onReport: (report: Report, tick: Tick | undefined) => void;
  /** What may be done once a tick is over and before the pause. */
  readonly tidy?: (() => Promise<void>) | undefined;
};

const firstPauseMs = 1000;
/** After a change the next look comes soon, for the report to show what has become of it. */
const afterChangeMs = 2000;
/** What waits for other hosts looks again soon and does not back off. */
const afterWaitMs = 2000;
const defaultIntervalMs = 60_000;
/** Where no host config says another: the schema's default. */
const defaultJitter = "5s";

/** Runs until the signal aborts; a tick that fails is reported and tried again with a growing pause. */
export async function runLoop(options: LoopOptions): Promise<void> {
  const { agent, signal } = options;
  let failures = 0;
  let before = await agent.state.readReport();
  for (let count = 1; !signal.aborted; count++) {
    const mark = options.events.count();
    const done = await runTick(options, { count, before });
    before = done.report;
    // a tick that changed something made events of its own; one that did not may have missed somebody else's
    const since = done.tick?.executions.length === 0 ? mark : options.events.count();
    const failed =
      done.report.result === "failed" || done.report.result === "config-invalid" || done.report.result === "locked";
    failures = failed ? failures + 1 : 0;
    await options.tidy?.();
    const pause = pauseAfter(done, failures, options.random());
    await pauseOrHint(options, pause, done.report.result === "stopped" ? undefined : since);
  }
}

/** `error` is what ended the tick, as the report tells it in words. */
export type Ticked = { readonly report: Report; readonly tick: Tick | undefined; readonly error: Error | undefined };
type Context = { readonly count: number; readonly before: Report | undefined };

/** One tick with its report; never throws for a tick that fails. */
export async function runTick(options: LoopOptions, { count, before }: Context): Promise<Ticked> {
  const { agent, version, signal } = options;
  const begun = agent.clock.now();
  const { facts, done } = await attempt(agent, signal);
  const loaded = facts.loaded;
  const now = agent.clock.now();
  const report = makeReport(
    facts,
    {
      writtenAt: new Date(now).toISOString(),
      agentVersion: version,
      tick: count,
      intervalMs:
        loaded === undefined ? (before?.intervalMs ?? defaultIntervalMs) : durationMs(loaded.config.agent.interval),
      durationMs: Math.round(now - begun),
    },
    before,
  );
  await writeReport(agent, report);
  logTick(agent, report, facts);
  options.onReport(report, done);
  return { report, tick: done, error: facts.error };
}

async function attempt(
  agent: Agent,
  signal: AbortSignal,
): Promise<{ readonly facts: TickFacts; readonly done?: Tick }> {
  try {
    if ((await agent.state.stoppedSince()) !== undefined) return { facts: { result: "stopped" } };
    const done = await tick(agent, signal);
    const invalid = (done.loaded?.problems.length ?? 0) > 0 && done.result !== "failed";
    return { facts: invalid ? { ...done, result: "config-invalid" } : done, done };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (isFlexkubeError(error, "STEP_LOCKED")) return { facts: { result: "locked", error } };
    if (isFlexkubeError(error, "CONFIG_INVALID"))
      return { facts: { result: "config-invalid", problems: error.details.problems, error } };
    return { facts: { result: "failed", error } };
  }
}

/** The report is for people: a full disk must not end the loop. */
async function writeReport(agent: Agent, report: Report): Promise<void> {
  try {
    await agent.state.writeReport(report);
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
    agent.log.warn({ err: error, details: error.details }, "the report cannot be written");
  }
}

function logTick(agent: Agent, report: Report, facts: TickFacts): void {
  const { result, tick: count, durationMs: ms, steps, blocked, problems, warnings } = report;
  const fields = { result, tick: count, ms, steps, blocked, problems, warnings };
  if (facts.error !== undefined) {
    const details = isFlexkubeError(facts.error) ? { code: facts.error.code, details: facts.error.details } : {};
    agent.log.error({ ...fields, err: facts.error, ...details }, "tick failed");
  } else if (result === "settled" || result === "stopped") agent.log.debug(fields, "tick done");
  else if (result === "changed") agent.log.info(fields, "tick done");
  else agent.log.warn(fields, "tick done, but not all is well");
}

function pauseAfter({ report, tick: done }: Ticked, failures: number, random: number): number {
  const waits =
    report.error === undefined && report.blocked.length > 0 && report.blocked.every(({ code }) => code === "waiting");
  if (waits) return Math.min(afterWaitMs, report.intervalMs) * (0.75 + random / 2);
  if (failures > 0)
    return Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 10), report.intervalMs) * (0.75 + random / 2);
  if (report.result === "changed") return afterChangeMs;
  return report.intervalMs + random * durationMs(done?.loaded?.config.agent.jitter ?? defaultJitter);
}

/** `since`: the number of events that the pause does not end for; undefined when none ends it. */
async function pauseOrHint(
  { agent, signal, events }: LoopOptions,
  ms: number,
  since: number | undefined,
): Promise<void> {
  if (signal.aborted) return;
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  const waits = [agent.clock.sleep(ms, either), ...(since === undefined ? [] : [events.hint(since, either)])];
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
