// What only one process of ours does at a time on a host, asked for again until its holder has done.
import type { Log } from "#agent/log/round-log.ts";
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError } from "#shared/errors.ts";

/** Somebody living is at it. */
export type Held = {
  readonly holder: string;
  /** Who it is, for people, and since when as far as that is known. */
  readonly about: () => Promise<{ readonly who: string; readonly since: string }>;
};

export type Waiting = {
  readonly clock: Clock;
  readonly log: Log;
  /** Not at all without it, as for whoever comes again anyway. */
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** The event that tells of the holder's end may be missed, so it is asked for. */
const askAgainMs = 500;

/** What `take` brings once nobody holds it; that it waits is told once. Throws STEP_LOCKED when it is held to the end of the time. */
export async function whileHeld<T extends object>(
  take: () => Promise<T | Held>,
  { clock, log, lockTimeoutMs = 0, signal }: Waiting,
): Promise<T> {
  const begun = clock.now();
  for (let isTold = false; ; isTold = true) {
    const taken = await take();
    if (!("about" in taken)) return taken;
    const { holder, about } = taken;
    const leftMs = begun + lockTimeoutMs - clock.now();
    if (leftMs <= 0 || !isTold) {
      const { who, since } = await about();
      if (leftMs <= 0) throw new FlexkubeError("STEP_LOCKED", `${who}; try again`, { holder, since });
      log.warn({ holder }, `${who}; waiting for its end`);
    }
    await clock.sleep(Math.min(askAgainMs, leftMs), signal);
  }
}
