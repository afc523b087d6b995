// Time as an argument, so that nothing but main.ts reads the machine's clocks.

export type Clock = {
  /**
   * Milliseconds that go on evenly while the process lives, whatever is done to the machine's clock; they begin as the
   * time since 1970-01-01T00:00:00Z that it showed at the process's start. For all that lasts.
   */
  readonly now: () => number;
  /** What the machine's clock shows now; it may jump either way. Unset where it cannot: then it shows `now`. */
  readonly wall?: (() => WallTime) | undefined;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/** A moment by some machine's clock. No number, so that it is compared with no moment of `Clock.now`. */
export type WallTime = { readonly epochMs: number };

/** What the machine's clock shows: for people, and for what others stamp by it. */
export function wallTime(clock: Pick<Clock, "now" | "wall">): WallTime {
  return clock.wall?.() ?? { epochMs: clock.now() };
}
