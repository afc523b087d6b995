// The end of a process that was told to end: what is under way may finish, but not for ever.
import type { Clock } from "#shared/clock.ts";

/** Below the ten seconds after which `docker stop` kills unless told otherwise. */
const graceMs = 8000;

export type Ended = { readonly code: number; readonly cut: boolean };

/**
 * What `work` resolves to or throws; or `code`, when the signal has ended it, or it has not ended a while after. Then it is still under way,
 * so the process has to go.
 */
export async function endInTime(
  work: Promise<number>,
  {
    signal,
    clock,
    code,
  }: { readonly signal: AbortSignal; readonly clock: Pick<Clock, "sleep">; readonly code: number },
): Promise<Ended> {
  const over = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const late = aborted.then(async (): Promise<Ended> => {
    await clock.sleep(graceMs, over.signal).catch(() => undefined);
    return { code, cut: true };
  });
  try {
    return await Promise.race([work.then((ended) => ({ code: ended, cut: false })), late]);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { code, cut: false };
    throw error;
  } finally {
    over.abort();
  }
}
