// One loop a host: it holds a name for as long as its process lives, and another that finds it held stands by.
import type { Engine } from "#agent/engine/engine.ts";
import type { Holder } from "#agent/self/holder.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import type { Log } from "#agent/log/round-log.ts";
import { askName, takeName } from "./abstract-name.ts";
import type { HeldName } from "./abstract-name.ts";
import { isProven, parseClaim, printClaim } from "./claim.ts";

/** Whose loop is at work on this host. */
export type OtherLoop = {
  readonly container: string;
  /** RFC 3339. */
  readonly since: string;
};

export type Presence = {
  /** The loop that is at work here instead of this one; undefined when it is for this one to work. */
  readonly other: () => Promise<OtherLoop | undefined>;
  readonly close: () => Promise<void>;
};

export const loopName = "flexkube-agent";
/** A loop that is busy answers between two turns of its own. */
export const answerMs = 2000;
/** Silences in a row before the holder is no loop. */
const patience = 3;

export function createPresence(about: {
  readonly name?: string;
  readonly holder: Holder;
  readonly engine: Pick<Engine, "inspect">;
  readonly clock: Pick<Clock, "now" | "wall">;
  readonly log: Pick<Log, "warn">;
  readonly answerMs?: number;
}): Presence {
  const { name = loopName, holder, clock, log } = about;
  let held: HeldName | undefined;
  let told = "";
  const unguarded = (reason: string): void => {
    log.warn({ name: `@${name}`, reason }, "nothing keeps a second agent's loop off this host");
    told = reason;
  };
  return {
    other: async () => {
      if (held !== undefined) return undefined;
      const found = await find({ ...about, name }, told === "" ? patience : 1, async () => {
        const since = new Date(wallTime(clock).epochMs).toISOString();
        held = await takeName(name, printClaim(holder.id, since));
        return held !== undefined;
      });
      if (typeof found === "string") unguarded(found);
      else told = "";
      return typeof found === "string" ? undefined : found;
    },
    close: async () => held?.close(),
  };
}

type Place = Pick<Parameters<typeof createPresence>[0], "holder" | "engine" | "answerMs"> & { readonly name: string };

/** The other loop, undefined when the name is ours now, or why nobody can be said to have it. */
async function find(
  place: Place,
  tries: number,
  take: () => Promise<boolean>,
): Promise<OtherLoop | string | undefined> {
  for (let count = 1; ; count++) {
    try {
      if (await take()) return undefined;
    } catch (error) {
      return `the name cannot be taken: ${error instanceof Error ? error.message : String(error)}`;
    }
    const said = await askName(place.name, place.answerMs ?? answerMs);
    if (said !== undefined) {
      const claim = parseClaim(said);
      return claim !== undefined && (await isProven(claim, place))
        ? { container: claim.container, since: claim.since }
        : "who holds the name is no agent's loop that this host's engine knows";
    }
    if (count >= tries) return "who holds the name does not answer";
  }
}
