// One tick with its report, which is written as its steps are done; a tick that fails is no error here.
import { wallTime } from "#shared/clock.ts";
import type { Boot } from "#agent/facts/boot.ts";
import type { Nudges } from "./nudges.ts";
import type { Report } from "#agent/report/report.ts";
import { durationMs } from "#shared/duration.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { refusalIn, refusalProblem } from "#shared/sealed/refusal.ts";
import type { Loaded } from "./load-config.ts";
import { makeReport } from "./make-report.ts";
import type { TickFacts } from "./make-report.ts";
import { resetText } from "#agent/report/report-text.ts";
import { createProgress, endBefore } from "./tick-progress.ts";
import { tick } from "./tick.ts";
import type { Agent, Tick, TickExtras } from "./tick.ts";

export type TickOptions = {
  readonly agent: Agent;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onReport: (report: Report, tick: Tick | undefined) => void;
  /** A report of a tick that has not ended. */
  readonly onProgress?: ((report: Report, loaded: Loaded | undefined) => void) | undefined;
  readonly boot?: Boot | undefined;
  readonly accept?: TickExtras["accept"];
  readonly lockTimeoutMs?: TickExtras["lockTimeoutMs"];
  /** Told of every sign of life. */
  readonly alive?: (() => void) | undefined;
  /** Where its host config comes from. */
  readonly source?: Report["source"];
  /** What is known of backups of etcd. */
  readonly backups?: (() => Report["etcdBackup"]) | undefined;
  readonly care?: (() => Report["etcdCare"]) | undefined;
  readonly members?: (() => Report["etcdMembers"]) | undefined;
  /** New contents of the host config: no wait and no pull for an old one goes on. */
  readonly delivered?: Pick<Nudges, "count" | "hint"> | undefined;
};

/** `error` is what ended the tick, as the report tells it in words. */
export type Ticked = { readonly report: Report; readonly tick: Tick | undefined; readonly error: Error | undefined };

export type TickContext = {
  readonly count: number;
  readonly before: Report | undefined;
  /** Since when ticks fail, by `elapsed`. */
  readonly failingSince?: number | undefined;
};

const defaultIntervalMs = 60_000;

/** Milliseconds of a clock that goes on evenly, where the host tells one. */
export function elapsed({ agent, boot }: Pick<TickOptions, "agent" | "boot">): number {
  return boot?.uptimeMs() ?? agent.clock.now();
}

/** True for a result that is to be tried again, also for one that waits for others. */
export function isFailed(result: Report["result"]): boolean {
  return result === "failed" || result === "config-invalid" || result === "locked";
}

/** True when all that is missing waits for other hosts. */
export function isWaiting({ error, blocked }: Report): boolean {
  return error === undefined && blocked.length > 0 && blocked.every(({ code }) => code === "waiting");
}

/** One tick with its report; never throws for a tick that fails. */
export async function runTick(options: TickOptions, context: TickContext): Promise<Ticked> {
  const { agent, onProgress } = options;
  const begun = elapsed(options);
  options.alive?.();
  const write = async (facts: TickFacts): Promise<Report> => {
    const report = reportOf(options, context, { facts, begun });
    await writeReport(agent, report);
    return report;
  };
  const progress =
    onProgress === undefined
      ? undefined
      : createProgress({
          clock: agent.clock,
          before: context.before,
          alive: options.alive,
          write: async (facts) => onProgress(await write(facts), facts.loaded),
        });
  const { facts, done } = await superseding(options, context, async (signal) => {
    try {
      return await attempt(agent, signal, { progress, accept: options.accept, lockTimeoutMs: options.lockTimeoutMs });
    } finally {
      await progress?.end();
    }
  });
  options.alive?.();
  const report = await write(facts);
  if (report.result === "stopped") agent.log.warn({ since: report.stoppedSince }, resetText(""));
  logTick(agent, report, facts);
  agent.log.endRound(isWhole(facts));
  options.onReport(report, done);
  return { report, tick: done, error: facts.error };
}

type Attempted = { readonly facts: TickFacts; readonly done?: Tick };

/** Ends a tick, as SIGTERM does, when another host config is delivered meanwhile: the next one begins with it. */
async function superseding(
  { signal, delivered, agent }: TickOptions,
  { before }: TickContext,
  run: (signal: AbortSignal) => Promise<Attempted>,
): Promise<Attempted> {
  if (delivered === undefined) return run(signal);
  const superseded = new AbortController();
  const end = new AbortController();
  const watch = delivered.hint(delivered.count(), AbortSignal.any([signal, end.signal])).then(
    () => superseded.abort(new Error("another host config was delivered")),
    () => undefined,
  );
  const attempted = await run(AbortSignal.any([signal, superseded.signal]));
  end.abort();
  await watch;
  const { facts, done } = attempted;
  // what it was cut off from is no failure, and nothing that is done
  if (!superseded.signal.aborted || signal.aborted || facts.error === undefined) return attempted;
  const since = new Date(wallTime(agent.clock).epochMs).toISOString();
  const underway = { step: "take up what was delivered", since, before: endBefore(before) };
  const cut = { ...facts, result: "working", underway, error: undefined } as const;
  return done === undefined ? { facts: cut } : { facts: cut, done };
}

async function attempt(agent: Agent, signal: AbortSignal, extras: TickExtras): Promise<Attempted> {
  try {
    const stoppedSince = await agent.state.stoppedSince();
    if (stoppedSince !== undefined) return { facts: { result: "stopped", stoppedSince } };
    const done = await tick(agent, signal, extras);
    if (signal.aborted && done.executions.some(({ aborted }) => aborted))
      return { facts: { ...done, result: "failed", error: cutShort(signal.reason) }, done };
    const invalid = (done.loaded?.problems.length ?? 0) > 0 && done.result !== "failed";
    return { facts: invalid ? { ...done, result: "config-invalid" } : done, done };
  } catch (thrown) {
    const error = isEnd(thrown, signal)
      ? cutShort(thrown)
      : thrown instanceof Error
        ? thrown
        : new Error(String(thrown));
    if (isFlexkubeError(error, "STEP_LOCKED")) return { facts: { result: "locked", error } };
    if (isFlexkubeError(error, "CONFIG_INVALID"))
      return { facts: { result: "config-invalid", problems: error.details.problems, error } };
    const refusal = refusalIn(error);
    if (refusal !== undefined)
      return { facts: { result: "config-invalid", problems: [refusalProblem(refusal, refusal.file)], error } };
    return { facts: { result: "failed", error } };
  }
}

function cutShort(cause: unknown): FlexkubeError<"STEP_CUT_SHORT"> {
  return new FlexkubeError("STEP_CUT_SHORT", "the agent was told to end", { reason: reasonOf(cause) }, { cause });
}

function isEnd(thrown: unknown, { aborted, reason }: AbortSignal): thrown is Error {
  return aborted && thrown === reason && thrown instanceof Error;
}

/** The report that has these facts. */
export function reportOf(
  options: TickOptions,
  { count, before, failingSince }: TickContext,
  { facts, begun }: { readonly facts: TickFacts; readonly begun: number },
): Report {
  const { agent, version, boot, source } = options;
  const { loaded } = facts;
  const now = elapsed(options);
  const report = makeReport(
    { ...facts, runOf: agent.runs.of },
    {
      writtenAt: new Date(wallTime(agent.clock).epochMs).toISOString(),
      agentVersion: version,
      tick: count,
      intervalMs:
        loaded === undefined ? (before?.intervalMs ?? defaultIntervalMs) : durationMs(loaded.config.agent.interval),
      durationMs: Math.round(now - begun),
      boot: boot === undefined ? undefined : { id: boot.id, uptimeMs: now },
      source,
      etcdBackup: options.backups?.(),
      etcdCare: options.care?.(),
      etcdMembers: options.members?.(),
    },
    before,
  );
  const fails = facts.result === "working" ? failingSince !== undefined : isFailed(facts.result) && !isWaiting(report);
  return fails ? { ...report, failingForMs: now - (failingSince ?? now) } : report;
}

/** The report is for people: a full disk must not end the loop. */
async function writeReport(agent: Agent, report: Report): Promise<void> {
  try {
    await agent.state.writeReport(report);
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
    const level = report.result === "working" ? "debug" : "warn";
    agent.log[level]({ err: error, details: error.details }, "the report cannot be written");
  }
}

/** Whether it has come to all that there is to say: one that was cut short, or could not look at the host, knows nothing of the rest. */
function isWhole({ result, plan, executions = [] }: TickFacts): boolean {
  return result === "stopped" || (plan !== undefined && !executions.some(({ aborted }) => aborted));
}

/** What is so since the tick before is told at the level of debugging: a wait of an hour is one line. */
function logTick({ log }: Agent, report: Report, { error }: TickFacts): void {
  const { result, tick: count, durationMs: ms, stepCount: steps, blocked, problems, warnings } = report;
  const isDone = result === "settled" || result === "stopped" || result === "changed";
  const isWell = error === undefined && isDone && blocked.length + problems.length === 0;
  if (isWell) {
    log[result === "changed" ? "info" : "debug"]({ result, tick: count, ms, steps, warnings }, "tick done");
    return;
  }
  if (result === "working" || isFlexkubeError(error, "STEP_CUT_SHORT")) {
    log.info({ ...wordsOf(error), tick: count, ms }, "tick ended early");
    return;
  }
  const message = error !== undefined ? "tick failed" : isDone ? "tick done" : "tick done, but not all is well";
  log.lasts({
    level: error !== undefined ? "error" : isDone ? "info" : "warn",
    message,
    over: "all is well again",
    about: {},
    is: { result, blocked, problems, warnings, ...wordsOf(error), tick: count, ms },
    also: { steps },
  });
}

function wordsOf(error: Error | undefined): Readonly<Record<string, unknown>> {
  if (error === undefined) return {};
  return isFlexkubeError(error)
    ? { reason: error.message, code: error.code, details: error.details }
    : // only a bug needs to be told with its stack
      { err: error };
}
