// Reasons to look sooner, counted, so that none is lost that comes while nobody waits.

export type Nudges = {
  /** How many so far; a mark for `hint`. */
  readonly count: () => number;
  /** Resolves once there have been more than `since`. Rejects when the signal aborts. */
  readonly hint: (since: number, signal: AbortSignal) => Promise<void>;
  readonly tell: () => void;
};

/** None so far. */
export function createNudges(): Nudges {
  const listeners = new Set<() => void>();
  let count = 0;
  return {
    count: () => count,
    tell: () => {
      count += 1;
      for (const listener of Array.from(listeners)) listener();
    },
    hint: async (since, signal) =>
      new Promise((resolve, reject) => {
        const listener = (): void => {
          if (count > since) end(resolve);
        };
        const aborted = (): void => end(() => reject(new Error("aborted", { cause: signal.reason })));
        const end = (settle: () => void): void => {
          listeners.delete(listener);
          signal.removeEventListener("abort", aborted);
          settle();
        };
        listeners.add(listener);
        signal.addEventListener("abort", aborted, { once: true });
        if (signal.aborted) aborted();
        else listener();
      }),
  };
}
