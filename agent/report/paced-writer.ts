// Writes the newest of many states at a pace: none is written twice, and the last one is not left unwritten.
import type { Clock } from "#shared/clock.ts";

export type PacedWriter<State> = {
  /** Written now, or as soon as the pace allows; a later one takes its place. */
  readonly offer: (state: () => State) => void;
  /** Written now unless something was written within `ms`, and then not at all. */
  readonly offerAfter: (ms: number, state: () => State) => void;
  /** Resolves when nothing is being written any more; what is not yet begun is left out. */
  readonly end: () => Promise<void>;
};

/** `write` is called once at a time. `end` rejects with what it threw. */
export function createPacedWriter<State>(options: {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly write: (state: State) => Promise<void>;
}): PacedWriter<State> {
  const { clock, everyMs, write } = options;
  const ended = new AbortController();
  let writing = Promise.resolve();
  let writtenAt = -Infinity;
  let planned = false;
  let latest: (() => State) | undefined;
  const flush = (): void => {
    const state = latest;
    if (state === undefined || ended.signal.aborted) return;
    latest = undefined;
    writtenAt = clock.now();
    writing = writing.then(async () => write(state()));
    // `end` tells it
    writing.catch(() => undefined);
  };
  // a clock that was set back must not hold it up
  const left = (ms: number): number => Math.min(ms, writtenAt + ms - clock.now());
  return {
    offer: (state) => {
      latest = state;
      if (left(everyMs) <= 0) return flush();
      if (planned) return;
      planned = true;
      const flushLater = (): void => {
        planned = false;
        flush();
      };
      void clock.sleep(left(everyMs), ended.signal).then(flushLater, () => undefined);
    },
    offerAfter: (ms, state) => {
      if (left(ms) > 0) return;
      latest = state;
      flush();
    },
    end: async () => {
      ended.abort();
      await writing;
    },
  };
}
