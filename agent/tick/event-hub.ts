// One stream of engine events for the whole process: a hint to tick sooner, and the watch over our own lock.
import type { Log } from "#agent/log/round-log.ts";
import type { Engine, EngineEvent } from "#agent/engine/engine.ts";
import { isEngineUnreachable } from "#agent/engine/errors.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import { lookDeadlineMs, mayBeOurs } from "#agent/self/whose-container.ts";
import type { ImageLabels } from "#agent/self/image-labels.ts";
import type { ListenToDeaths } from "#agent/effects/deaths.ts";
import type { Clock } from "#shared/clock.ts";
import { createNudges } from "./nudges.ts";

export type EventHub = {
  /** Keeps the stream open, and opens it anew when it breaks, until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Number of events so far that may need us; a mark for `hint`. */
  readonly count: () => number;
  /** Resolves once there have been more events than `since`. Rejects when the signal aborts. */
  readonly hint: (since: number, signal: AbortSignal) => Promise<void>;
  /** Its signal aborts when the container with this id is destroyed. */
  readonly whenDestroyed: (id: string) => { readonly signal: AbortSignal; readonly forget: () => void };
  /** Every end of a container, whosever it is, until what it returns is called. */
  readonly listenToDeaths: ListenToDeaths;
};

const retryMs = 1000;
/** An engine that refuses its stream, or ends it as soon as it is open, is asked ever more rarely: each opening costs a tick. */
const longestRetryMs = 30_000;
/** What happens to a container that a tick could mend. */
const telling = new Set(["die", "stop", "destroy", "rename", "update", "pause", "oom"]);

/** After these nothing of a container runs, if nobody starts it again. */
const deaths = new Set(["die", "destroy"]);

type About = { readonly clock: Clock; readonly log: Log; readonly imageLabels: ImageLabels };

/** Events are only hints: what a broken stream has missed, the next tick sees. */
export function createEventHub(engine: Engine, about: About): EventHub {
  const listeners = new Set<(event: EngineEvent | undefined) => void>();
  const nudges = createNudges();
  const isOurs = createJudge(engine, about.imageLabels);
  const tell = (event: EngineEvent | undefined, signal: AbortSignal): void => {
    if (event === undefined) nudges.tell();
    else if (concerns(event)) void isOurs(event, signal).then((ours) => ours && nudges.tell());
    for (const listener of Array.from(listeners)) listener(event);
  };
  return {
    run: async (signal) => run(engine, about, signal, tell),
    count: nudges.count,
    hint: nudges.hint,
    whenDestroyed: (id) => {
      const controller = new AbortController();
      const listener = (event: EngineEvent | undefined): void => {
        if (event?.action === "destroy" && event.containerId === id) controller.abort();
      };
      listeners.add(listener);
      return { signal: controller.signal, forget: () => void listeners.delete(listener) };
    },
    listenToDeaths: (told) => {
      const listener = (event: EngineEvent | undefined): void => {
        if (event !== undefined && deaths.has(event.action)) told(event);
      };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function concerns(event: EngineEvent): boolean {
  return telling.has(event.action) && event.labels[labelKeys.spec] !== undefined;
}

type Judge = (event: EngineEvent, signal: AbortSignal) => Promise<boolean>;

/** As many answers are kept; a host has fewer containers. */
const maxKnown = 1000;

/** Whether a hint counts: not where the labels came with the image. What cannot be told counts. Never rejects. */
function createJudge(engine: Pick<Engine, "inspect">, imageLabels: ImageLabels): Judge {
  const known = new Map<string, boolean>();
  return async ({ containerId }, signal) => {
    const before = known.get(containerId);
    if (before !== undefined) return before;
    try {
      const found = await engine.inspect(containerId, { signal, deadlineMs: lookDeadlineMs });
      const ours = await mayBeOurs(found, { imageLabels, signal });
      if (known.size >= maxKnown) known.clear();
      known.set(containerId, ours);
      return ours;
    } catch {
      // it has gone, or the engine does not say: the next look does
      return true;
    }
  };
}

/**
 * `tell(undefined)`: the stream is new, so something may have been missed. Not before it is open: while the engine is down there is
 * nothing to look at.
 */
async function run(
  engine: Engine,
  { clock, log }: About,
  signal: AbortSignal,
  tell: (event: EngineEvent | undefined, signal: AbortSignal) => void,
): Promise<void> {
  let pauseMs = retryMs;
  for (let broken = false; !signal.aborted; broken = true) {
    let openedAt: number | undefined;
    const onOpen = (): void => {
      openedAt = clock.now();
      if (broken) tell(undefined, signal);
    };
    try {
      for await (const event of engine.events({ signal, onOpen })) tell(event, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ err: error }, "the engine's event stream broke");
      // a socket that nobody listens at costs nothing, and the engine's return is seen at once
      if (isEngineUnreachable(error) && openedAt === undefined) pauseMs = retryMs;
    }
    if (openedAt !== undefined && clock.now() - openedAt > longestRetryMs) pauseMs = retryMs;
    await pause(clock, pauseMs, signal);
    pauseMs = Math.min(2 * pauseMs, longestRetryMs);
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
