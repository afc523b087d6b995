// A clock for tests: time moves when the test says so, or, with `auto`, as soon as nothing but sleepers is left.
import type { Clock, WallTime } from "#shared/clock.ts";

type Sleeper = { readonly at: number; readonly wake: () => void };

/** Starts at 2026-01-01T00:00:00Z unless told otherwise. */
export class FakeClock implements Clock {
  #now: number;
  readonly #auto: boolean;
  #sleepers: readonly Sleeper[] = [];
  #jumpPlanned = false;
  #shift = 0;

  constructor(options: { readonly now?: number | undefined; readonly auto?: boolean | undefined } = {}) {
    this.#now = options.now ?? Date.UTC(2026, 0, 1);
    this.#auto = options.auto ?? false;
  }

  readonly now = (): number => this.#now;

  readonly wall = (): WallTime => ({ epochMs: this.#now + this.#shift });

  /** Somebody sets the machine's clock; time itself goes on as before. */
  setBy(ms: number): void {
    this.#shift += ms;
  }

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(asError(signal.reason));
      const sleeper = {
        at: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(asError(signal?.reason));
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers = [...this.#sleepers, sleeper].toSorted((a, b) => a.at - b.at);
      if (this.#auto) this.#planJump();
    });

  /** Moves time by `ms`, waking each sleeper at its time, and lets what they woke run before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#sleepers[0]; next !== undefined && next.at <= end; next = this.#sleepers[0]) {
      this.#wake(next);
      await idle();
    }
    this.#now = Math.max(this.#now, end);
    await idle();
  }

  /** Moves time without waking anybody: what a machine that was switched off sees. */
  skip(ms: number): void {
    this.#now += ms;
  }

  #wake(sleeper: Sleeper): void {
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    this.#now = Math.max(this.#now, sleeper.at);
    sleeper.wake();
  }

  #planJump(): void {
    if (this.#jumpPlanned) return;
    this.#jumpPlanned = true;
    void idle().then(() => {
      this.#jumpPlanned = false;
      const next = this.#sleepers[0];
      if (next !== undefined) this.#wake(next);
      if (this.#sleepers.length > 0) this.#planJump();
    });
  }
}

/** Resolves when everything that could run has run. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("The sleep was aborted.", { cause: reason });
}
