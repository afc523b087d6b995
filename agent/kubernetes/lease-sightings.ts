// Whether the holder of a Lease lives, as this host has seen it: clocks of other hosts, and what they wrote by them, are
// compared with nothing.
import type { Boot } from "#agent/facts/boot.ts";
import type { KeptSightings } from "#agent/report/kept-sightings.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { textAt } from "#shared/json-fields.ts";

export type LeaseSightings = {
  /** False once no renewal has been seen for a whole lease. `version` is the object's, and new with each renewal. */
  readonly isAlive: (version: string, durationMs: number) => boolean;
};

/** By Lease. One for a process; what it has seen a later one may count on, for as long as the host is up. */
export type Sightings = {
  readonly of: (lease: string) => LeaseSightings;
  /** To keep for the next process; undefined when nothing is new, or the kernel does not tell one boot from another. */
  readonly kept: () => KeptSightings | undefined;
};

type Seen = { readonly version: string; readonly since: number };

/** `before`: what an earlier process has kept. Counts by the age of the boot, so that no clock that is set matters. */
export function createSightings(
  clock: Pick<Clock, "now">,
  { boot, before }: { readonly boot?: Boot | undefined; readonly before?: KeptSightings | undefined } = {},
): Sightings {
  const seen = new Map(boot === undefined || before === undefined ? [] : recalled(clock, boot, before));
  let isNew = false;
  const isAlive = (lease: string, version: string, durationMs: number): boolean => {
    const now = clock.now();
    const known = seen.get(lease);
    if (known?.version === version) return now - known.since < durationMs;
    seen.set(lease, { version, since: now });
    isNew = true;
    return durationMs > 0;
  };
  return {
    of: (lease) => ({ isAlive: (version, durationMs) => isAlive(lease, version, durationMs) }),
    kept: () => {
      if (!isNew || boot === undefined || boot.id === "") return undefined;
      const shift = boot.uptimeMs() - clock.now();
      const leases = [...seen].map(([lease, { version, since }]) => [lease, { version, atMs: since + shift }] as const);
      return { version: 1, boot: boot.id, leases: Object.fromEntries(leases) };
    },
  };
}

/** What was seen in another boot, or later than now, says nothing. */
function recalled(clock: Pick<Clock, "now">, boot: Boot, before: KeptSightings): readonly (readonly [string, Seen])[] {
  if (boot.id === "" || before.boot !== boot.id) return [];
  const shift = clock.now() - boot.uptimeMs();
  return Object.entries(before.leases).flatMap(([lease, { version, atMs }]) =>
    atMs + shift > clock.now() ? [] : [[lease, { version, since: atMs + shift }] as const],
  );
}

/** Another one after each write, also when the object or the whole API was made anew. */
export function versionOf(lease: unknown): string {
  return `${textAt(lease, "metadata", "uid")} ${textAt(lease, "metadata", "resourceVersion")}`;
}

/** What the machine's clock shows, as the API wants it: with microseconds. */
export function leaseTime(clock: Pick<Clock, "now" | "wall">): string {
  return new Date(wallTime(clock).epochMs).toISOString().replace("Z", "000Z");
}
