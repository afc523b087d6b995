// Whether the holder of a Lease lives, as this process has seen it: clocks of other hosts, and what they wrote by them, are
// compared with nothing.
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";

export type LeaseSightings = {
  /** False once no renewal has been seen for a whole lease. `version` is the object's, and new with each renewal. */
  readonly isAlive: (version: string, durationMs: number) => boolean;
};

/** One for each Lease and process. */
export function createLeaseSightings(clock: Pick<Clock, "now">): LeaseSightings {
  let seen: { readonly version: string; readonly since: number } | undefined;
  return {
    isAlive: (version, durationMs) => {
      const now = clock.now();
      if (seen?.version !== version) seen = { version, since: now };
      return now - seen.since < durationMs;
    },
  };
}

/** What the machine's clock shows, as the API wants it: with microseconds. */
export function leaseTime(clock: Pick<Clock, "now" | "wall">): string {
  return new Date(wallTime(clock).epochMs).toISOString().replace("Z", "000Z");
}
