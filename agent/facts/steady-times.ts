// When things happened, by the process's own even clock, told from stamps of the machine's clock, which may jump.
import type { ContainerDetails } from "#agent/engine/engine.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock, WallTime } from "#shared/clock.ts";

export type SteadyTimes = {
  /**
   * The moment, as `Clock.now` counts, of an event that the machine's clock stamped. Its age is found when it is first
   * seen with this stamp, and grows evenly from then on; one that seems to lie ahead has just happened.
   */
  readonly of: (event: string, stamp: WallTime) => number;
  /** We are about to make it happen: should the clock jump before it is seen, this is when it was. */
  readonly begin: (event: string) => void;
};

/** Less than this is a clock that is set right while it goes. */
const jumpMs = 1000;
const maxEvents = 20_000;

export function createSteadyTimes(clock: Pick<Clock, "now" | "wall">): SteadyTimes {
  const shiftNow = (): number => clock.now() - wallTime(clock).epochMs;
  let shift = shiftNow();
  let jumps = 0;
  const look = (): void => {
    const next = shiftNow();
    if (Math.abs(next - shift) < jumpMs) return;
    shift = next;
    jumps += 1;
  };
  const seen = new Map<string, { readonly stamp: number; readonly at: number }>();
  const begun = new Map<string, { readonly at: number; readonly jumps: number }>();
  return {
    begin: (event) => {
      look();
      keep(begun, event, { at: clock.now(), jumps });
    },
    of: (event, { epochMs: stamp }) => {
      look();
      const known = seen.get(event);
      if (known?.stamp === stamp) return known.at;
      const ours = begun.get(event);
      begun.delete(event);
      const at = ours === undefined || ours.jumps === jumps ? Math.min(stamp + shift, clock.now()) : ours.at;
      keep(seen, event, { stamp, at });
      return at;
    },
  };
}

/** The oldest goes first: what is seen again then has its age found again. */
function keep<Value>(events: Map<string, Value>, event: string, value: Value): void {
  events.delete(event);
  events.set(event, value);
  if (events.size <= maxEvents) return;
  const [oldest] = events.keys();
  if (oldest !== undefined) events.delete(oldest);
}

/** Names of events. */
export const events = {
  started: (id: string): string => `started ${id}`,
  finished: (id: string): string => `finished ${id}`,
  created: (id: string): string => `created ${id}`,
  released: (uid: string): string => `released ${uid}`,
  changed: (path: string): string => `changed ${path}`,
} as const;

type Stamped = Pick<ContainerDetails, "id" | "startedAt" | "finishedAt" | "createdAt">;
type Steady = {
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
};

/** The moments of a container's life, as `Clock.now` counts. */
export function steadyTimesOf({ id, createdAt, startedAt, finishedAt }: Stamped, times: SteadyTimes): Steady {
  return {
    createdAt: times.of(events.created(id), createdAt),
    startedAt: startedAt && times.of(events.started(id), startedAt),
    finishedAt: finishedAt && times.of(events.finished(id), finishedAt),
  };
}
