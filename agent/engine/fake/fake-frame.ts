// The frame of every call of the fake engine: log of calls, faults, power, passing time.
import type { Clock } from "#shared/clock.ts";
import type { CallOptions } from "#agent/engine/engine.ts";
import { engineTimeout, engineUnreachable } from "#agent/engine/errors.ts";
import type { CrashPoint, EngineMethod, FakeCall, FakeFaults } from "./fake-faults.ts";

const defaultDeadlineMs = 60_000;

/** What a call is about. */
export type Entering = {
  readonly method: EngineMethod;
  readonly subject: string;
  readonly mutating?: boolean | undefined;
  readonly options: CallOptions | undefined;
};

/** The part of the machine that the frame asks. */
type Power = { readonly powered: boolean; readonly settle: () => void; readonly nextAt: () => number | undefined };

/** One for each fake engine. */
export class FakeFrame {
  /** Every call so far. */
  readonly calls: FakeCall[] = [];
  readonly #clock: Clock;
  readonly #faults: FakeFaults;
  readonly #machine: () => Power;
  #changed = Promise.withResolvers<void>();

  constructor(parts: { readonly clock: Clock; readonly faults: FakeFaults; readonly machine: () => Power }) {
    this.#clock = parts.clock;
    this.#faults = parts.faults;
    this.#machine = parts.machine;
  }

  /** Does one call; `half` is what an upload leaves when it is cut. */
  async call<T>(entering: Entering, act: () => T | Promise<T>, half?: () => void): Promise<T> {
    const { method, subject, mutating = false, options } = entering;
    options?.signal?.throwIfAborted();
    await Promise.resolve();
    const crash = this.#enter({ method, subject, mutating });
    if (crash === "within" && half !== undefined) half();
    if (crash === "before" || crash === "within") this.#faults.die();
    const fault = this.#faults.take({ method, subject, mutating });
    if (fault === "hang") await this.until(method, () => false, options);
    if (fault instanceof Error) throw fault;
    const spoiled = this.#faults.spoil({ method, subject, mutating });
    const broken = spoiled !== undefined && "error" in spoiled ? spoiled : undefined;
    if (broken?.isDone === false) await this.#spoil(broken.error, entering);
    if (!this.#machine().powered) throw engineUnreachable(method, "the engine is off");
    this.#machine().settle();
    try {
      const result = await act();
      if (crash === "after") this.#faults.die();
      if (broken !== undefined) await this.#spoil(broken.error, entering);
      // who lies keeps to the form of the answer
      return spoiled !== undefined && "lie" in spoiled ? (spoiled.lie(result) as T) : result;
    } finally {
      this.notify();
    }
  }

  async #spoil(error: Error | "hang", { method, options }: Entering): Promise<void> {
    if (error !== "hang") throw error;
    await this.until(method, () => false, options);
  }

  #enter(call: FakeCall): CrashPoint | undefined {
    const crash = this.#faults.enter(call);
    this.calls.push(call);
    return crash;
  }

  /** A program changes files: the cut may come here, too. */
  step(what: string): void {
    const crash = this.#enter({ method: "step", subject: what, mutating: true });
    if (crash !== undefined) this.#faults.die();
  }

  /** Waits until `done`, for time to pass or another call to change something. */
  async until(call: string, done: () => boolean, options: CallOptions | undefined): Promise<void> {
    const { deadlineMs = defaultDeadlineMs, signal } = options ?? {};
    const begin = this.#clock.now();
    for (;;) {
      this.#machine().settle();
      if (done()) return;
      if (signal?.aborted === true) throw signal.reason;
      if (!this.#machine().powered) throw engineUnreachable(call, "the engine went off");
      const now = this.#clock.now();
      if (now - begin >= deadlineMs) throw engineTimeout(call, deadlineMs);
      await this.#pause(
        Math.min(begin + deadlineMs, this.#machine().nextAt() ?? Number.POSITIVE_INFINITY) - now,
        signal,
      );
    }
  }

  /** The same without a deadline, for a stream: resolves too when the signal aborts. */
  async forever(call: string, done: () => boolean, options: CallOptions | undefined): Promise<void> {
    const either = (): boolean => done() || options?.signal?.aborted === true;
    return this.until(call, either, { ...options, deadlineMs: Number.POSITIVE_INFINITY });
  }

  /** Resolves after `ms`, at the next change, or when the signal aborts. */
  async #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const wake = new AbortController();
    const ends = AbortSignal.any([wake.signal, ...(signal === undefined ? [] : [signal])]);
    const aborted = new Promise<void>((resolve) => {
      ends.addEventListener("abort", () => resolve(), { once: true });
    });
    const slept = Number.isFinite(ms)
      ? this.#clock.sleep(ms, ends).catch((error: unknown) => {
          if (!ends.aborted) throw error;
        })
      : aborted;
    await Promise.race([slept, aborted, this.#changed.promise]);
    wake.abort();
  }

  /** Wakes what waits for a change. */
  notify(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    changed.resolve();
  }
}
