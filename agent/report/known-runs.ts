// What was seen last of the runs of our containers, so that the next look can tell which of them began or ended without the agent. zod because
// the file may be another version's, or damaged.
import * as z from "zod";

const Count = z.int().nonnegative();

const Own = z.object({
  /** One of our steps may have started it. */
  start: z.literal(true).optional(),
  /** One of our steps may have stopped it. */
  stop: z.literal(true).optional(),
  last: z.enum(["start", "stop"]),
});

export const KnownRun = z.object({
  /** Start of the run, epoch milliseconds, as the engine stamped it: only whether it is the same one counts. */
  startedAt: z.number().optional(),
  /** The engine's own count since the last start by hand. */
  restartCount: Count,
  /** Set where it did not run: it had ended, or the engine was about to start it again. */
  down: z.enum(["ended", "restarting"]).optional(),
  /** What we did since then. */
  own: Own.optional(),
  /** How often it ended, or was started, without the agent since it was made. */
  restarts: Count,
  /** Of the last such end, where the engine told. */
  exitCode: z.number().optional(),
  /** How many of these no event tells of yet. */
  untold: Count.optional(),
  /** When the last event was, epoch milliseconds. */
  toldAt: z.number().optional(),
});
export type KnownRun = Readonly<z.infer<typeof KnownRun>>;

export const KnownRuns = z.object({
  /** Of the host, where that was known. */
  boot: z.string().optional(),
  /** By container id. */
  runs: z.record(z.string(), KnownRun),
});
export type KnownRuns = Readonly<z.infer<typeof KnownRuns>>;

/** Before the first look at a container that was made since. */
const unseen: KnownRun = { restartCount: 0, restarts: 0 };

/** We are about to start or stop it; whether that comes about, the next look shows. */
export function withAct(known: KnownRuns, id: string, act: "start" | "stop"): KnownRuns {
  const run = runOf(known, id) ?? unseen;
  return { ...known, runs: { ...known.runs, [id]: { ...run, own: { ...run.own, [act]: true, last: act } } } };
}

export function runOf({ runs }: KnownRuns, id: string): KnownRun | undefined {
  return Object.hasOwn(runs, id) ? runs[id] : undefined;
}
