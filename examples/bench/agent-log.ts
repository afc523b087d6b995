// What the agent's log says about its ticks. Pure.

export type LoggedTick = {
  /** Epoch milliseconds of the line. */
  readonly endedAt: number;
  readonly result: string;
  /** From the begin to the report, which is written after it. */
  readonly ms: number;
  readonly steps: readonly { readonly step: string; readonly ms: number }[];
};

type Line = {
  readonly msg?: unknown;
  readonly time?: unknown;
  readonly ms?: unknown;
  readonly step?: unknown;
  readonly result?: unknown;
};

/** Finished ticks in order; lines that are not the agent's are skipped. Needs the level debug. */
export function ticksOf(log: string): readonly LoggedTick[] {
  const ticks: LoggedTick[] = [];
  let steps: LoggedTick["steps"] = [];
  for (const text of log.split("\n")) {
    const line = lineOf(text);
    const ms = Number(line.ms);
    if (line.msg === "step done") steps = [...steps, { step: String(line.step), ms }];
    if (typeof line.msg !== "string" || !/^tick (done|failed)/.test(line.msg)) continue;
    ticks.push({ endedAt: Date.parse(String(line.time)), result: String(line.result), ms, steps });
    steps = [];
  }
  return ticks;
}

/** Milliseconds that a tick's steps waited for probes. */
export function waitedMs(tick: LoggedTick): number {
  return tick.steps.filter(({ step }) => step.startsWith("wait ")).reduce((sum, { ms }) => sum + ms, 0);
}

/** The agent's line, also within a line of Docker's json-file log. */
function lineOf(text: string): Line {
  const outer = parsed(text);
  return "log" in outer ? parsed(String(outer.log)) : outer;
}

function parsed(text: string): Line & { readonly log?: unknown } {
  if (!text.startsWith("{")) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // the last line may be cut off while it is being written
    return {};
  }
}
