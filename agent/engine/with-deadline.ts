// Bounds one engine call by its deadline, by silence, and by the caller's signal.
import { engineErrorOf, engineTimeout } from "./errors.ts";

/** Node's timers fire at once beyond this. */
const longestTimerMs = 2 ** 31 - 1;

export type Bounds = {
  readonly call: string;
  readonly deadlineMs: number;
  /** Longest time without a sign of progress. */
  readonly idleMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What the call itself gets: `signal` ends its requests until it is over, `progress` says that it is alive. */
export type Scope = { readonly signal: AbortSignal; readonly progress: () => void };

/**
 * Throws ENGINE_TIMEOUT after the deadline or a silence, the signal's reason when the caller aborts, else our error
 * for what `act` threw. It does not wait for an `act` that ignores its signal.
 */
export async function withDeadline<T>(bounds: Bounds, act: (scope: Scope) => Promise<T>): Promise<T> {
  const { call, deadlineMs, idleMs, signal: caller } = bounds;
  caller?.throwIfAborted();
  const ended = new AbortController();
  let expiredMs: number | undefined;
  const expire = (ms: number): void => {
    expiredMs ??= ms;
    ended.abort();
  };
  const deadline = setTimeout(expire, Math.min(deadlineMs, longestTimerMs), deadlineMs);
  let silence: NodeJS.Timeout | undefined;
  let over = false;
  const progress = (): void => {
    clearTimeout(silence);
    if (idleMs !== undefined && !over) silence = setTimeout(expire, idleMs, idleMs);
  };
  progress();
  // not AbortSignal.any: the caller's signal lives as long as the process and would keep a signal of each call
  const abort = (): void => ended.abort();
  caller?.addEventListener("abort", abort, { once: true });
  const { signal } = ended;
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("The call was ended.")), { once: true });
    });
    return await Promise.race([act({ signal, progress }), aborted]);
  } catch (error) {
    if (caller?.aborted === true) throw caller.reason;
    if (expiredMs !== undefined) throw engineTimeout(call, expiredMs, error);
    throw engineErrorOf(error, call);
  } finally {
    over = true;
    caller?.removeEventListener("abort", abort);
    clearTimeout(deadline);
    clearTimeout(silence);
  }
}
