// What is known of the runs of our containers, in memory and written through to the state directory.
import type { Log } from "#agent/log/round-log.ts";
import type { ListenToDeaths } from "#agent/effects/deaths.ts";
import type { ExecutionEvent, RunKeeper } from "#agent/effects/effects.ts";
import { judgeRuns } from "#agent/report/judge-runs.ts";
import { runOf, withAct } from "#agent/report/known-runs.ts";
import type { KnownRuns } from "#agent/report/known-runs.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { canonical } from "#shared/canonical.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";

type Sources = {
  readonly state: Pick<StateStore, "readRuns" | "writeRuns">;
  readonly clock: Clock;
  readonly log: Log;
  /** Of this boot of the host, where it is known. */
  readonly boot: string | undefined;
  readonly listen: ListenToDeaths;
  readonly record: (event: ExecutionEvent) => Promise<void>;
};

/** As many exit codes are remembered; a host has fewer containers. */
const maxExits = 1000;

/** `see` takes up first what another process of ours, such as an `apply`, has written. */
export function createRunKeeper({ state, clock, log, boot, listen, record }: Sources): RunKeeper {
  const exits = createExits(listen);
  let known: KnownRuns | undefined;
  let onDisk: string | undefined;
  const keep = async (next: KnownRuns): Promise<void> => {
    known = next;
    const text = canonical(next);
    if (text === onDisk) return;
    try {
      await state.writeRuns(next);
      onDisk = text;
    } catch (error) {
      if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
      // ledger and report tell of the disk
      log.debug({ err: error, details: error.details }, "what is known of runs cannot be written");
    }
  };
  const refresh = async (): Promise<void> => {
    const there = await state.readRuns();
    const text = there && canonical(there);
    // one that was lost is written again from memory
    if (text !== undefined && text !== onDisk) [known, onDisk] = [there, text];
    if (text === undefined) onDisk = undefined;
  };
  return {
    // without a look before there is nothing to compare with
    act: async (id, act) => (known === undefined ? undefined : keep(withAct(known, id, act))),
    of: (id) => known && runOf(known, id),
    see: async ({ containers, unknownContainers }, once) => {
      await refresh();
      const { runs, events } = judgeRuns(known, {
        containers,
        unknown: new Set(unknownContainers.map(({ id }) => id)),
        once,
        boot,
        now: wallTime(clock).epochMs,
        exitOf: (id) => exits.get(id),
      });
      // who is killed in between tells twice what else nobody would tell
      for (const event of events) await record(event);
      await keep(runs);
    },
  };
}

/** By container id, of its last end since the process began to listen; the oldest goes first. */
function createExits(listen: ListenToDeaths): ReadonlyMap<string, number> {
  const exits = new Map<string, number>();
  listen(({ containerId, exitCode }) => {
    if (exitCode === undefined) return;
    exits.delete(containerId);
    exits.set(containerId, exitCode);
    if (exits.size <= maxExits) return;
    const [oldest] = exits.keys();
    if (oldest !== undefined) exits.delete(oldest);
  });
  return exits;
}
