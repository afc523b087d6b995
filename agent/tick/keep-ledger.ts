// The ledger in memory, written through to the state directory. A disk that refuses must not stop the agent.
import type { Log } from "#agent/log/round-log.ts";
import type { LedgerKeeper } from "#agent/effects/effects.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { canonical } from "#shared/canonical.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { objectComponents } from "#shared/state/cluster-components.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { isSame } from "#shared/reconcile/files/file-differences.ts";
import type { Ledger, LedgerFile } from "#shared/state/ledger.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { livePaths } from "#shared/reconcile/files/stale-files.ts";
import { isTakenOver, writtenEntry } from "#shared/reconcile/files/written-file.ts";

/** So many texts are remembered of a disk that takes none. */
const mostUnsure = 8;

/** Reads the ledger once; a lost or damaged one is logged and starts empty. */
export async function openLedger(state: StateStore, log: Log): Promise<LedgerKeeper> {
  const { ledger: found, warning } = await state.readLedger();
  if (warning !== undefined) log.warn({ warning }, "ledger");
  let ledger = found;
  let onDisk = canonical(found);
  /** What a write that has failed, or is late, may have left there all the same. */
  const ours = new Set<string>();
  return {
    read: () => ledger,
    refresh: async () => {
      const { ledger: there } = await state.readLedger();
      const text = canonical(there);
      // one that was lost is written again from memory, and so is one of ours that came late
      if (!there.known || text === onDisk) return;
      if (ours.has(text)) {
        onDisk = text;
        return;
      }
      [ledger, onDisk] = [there, text];
    },
    write: async (next) => {
      ledger = next;
      const text = canonical(next);
      if (text === onDisk) return;
      try {
        await state.writeLedger(next);
        onDisk = text;
        ours.clear();
      } catch (error) {
        if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
        if (ours.size >= mostUnsure) ours.clear();
        ours.add(text);
        log.warn(
          { err: error, details: error.details },
          "the ledger cannot be written; going on with the one in memory",
        );
      }
    },
  };
}

/**
 * The ledger after a tick that found nothing to do: what is there and right is ours and proven, what is gone is
 * forgotten, verdicts under another config too (that config, given again, is another try), and from now on the ledger is known.
 */
export function settledLedger(ledger: Ledger, desired: DesiredState, observed: ObservedState): Ledger {
  const wanted = livePaths(desired);
  const files = new Map(
    Object.entries(ledger.files).flatMap(([path, entry]) => {
      const found = observed.paths.get(path) ?? { type: "missing" };
      if (found.type === "missing") return [];
      return wanted.has(path) || !isTakenOver(path, entry, found) ? [[path, entry]] : leftEntry(path, entry, desired);
    }),
  );
  const proven = new Map(
    Object.entries(ledger.proven).filter(([name]) => desired.containers.some((container) => container.name === name)),
  );
  for (const container of desired.containers) {
    const current = observed.containers.find((item) => item.name === container.name);
    const inForce = current?.specHash === container.specHash;
    if (!inForce) continue;
    if (container.sealed !== undefined)
      files.set(container.sealed.path, { component: container.component, digest: "" });
    const live = container.live.map((file) => ({
      file,
      same: isSame(file, observed.paths.get(file.path) ?? { type: "missing" }),
    }));
    for (const { file, same } of live)
      if (same) files.set(file.path, writtenEntry({ ...file, component: container.component }));
    if (observed.health.get(container.name) === true && live.every(({ same }) => same))
      proven.set(container.name, container.digest);
  }
  const names = new Set([...desired.containers.map((container) => container.name), ...objectComponents(desired)]);
  const kept = <Value>(
    record: Readonly<Record<string, Value>>,
    holds: (value: Value) => boolean = () => true,
  ): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).filter(([name, value]) => names.has(name) && holds(value)));
  const delivered = Object.entries(ledger.delivered).filter(([path]) => files.has(path));
  return {
    ...ledger,
    files: Object.fromEntries([...files].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    delivered: Object.fromEntries(delivered),
    proven: Object.fromEntries(proven),
    verdicts: kept(ledger.verdicts, (verdict) => verdict.config === desired.config),
    trials: kept(ledger.trials),
    known: true,
  };
}

/** A file that somebody has made his own is told of as long as the host config that gave it up is in force. */
function leftEntry(path: string, entry: LedgerFile, { config }: DesiredState): (readonly [string, LedgerFile])[] {
  return entry.left === undefined || entry.left === config ? [[path, { ...entry, left: config }]] : [];
}

/** True when every container was seen healthy with exactly this wish. */
export function isAllProven(ledger: Ledger, desired: DesiredState): boolean {
  return desired.containers.every((container) => ledger.proven[container.name] === container.digest);
}
