// Work that goes on beside the ticks: one turn at a time, whoever takes it, in the order in which they came.
export type Turns = {
  /** Resolves when the work has ended; it does not begin once closed. Rejects with what the work throws. */
  readonly take: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  readonly isClosed: () => boolean;
  /** Cuts short what is under way, and resolves when nothing is any more. */
  readonly close: () => Promise<void>;
};

export function createTurns(): Turns {
  const end = new AbortController();
  let last: Promise<void> = Promise.resolve();
  return {
    take: async (work) => {
      const turn = last.then(async () => (end.signal.aborted ? undefined : work(end.signal)));
      // the next one begins however this one ends, and whoever took this one is told
      last = turn.catch(() => undefined);
      return turn;
    },
    isClosed: () => end.signal.aborted,
    close: async () => {
      end.abort(new Error("the agent ends"));
      await last;
    },
  };
}
