// The state store in memory: for tests, and for an agent whose disk is full. It obeys the contract of the one on disk.
import { emptyLedger, type Ledger } from "#shared/state/ledger.ts";
import type { DeliveryRecord } from "#shared/delivery/delivery-record.ts";
import { boundedEvent, type HostEvent } from "./host-event.ts";
import type { KeptCare } from "./kept-care.ts";
import type { KeptSightings } from "./kept-sightings.ts";
import type { KnownRuns } from "./known-runs.ts";
import { keysIn, noOwnKeys } from "./own-keys.ts";
import type { Report } from "./report.ts";
import type { KeptConfig, StateStore } from "./state-store.ts";

/** An empty store. */
export function createMemoryState(): StateStore {
  let ledger: Ledger = emptyLedger;
  let delivery: DeliveryRecord | undefined;
  const rest = createMemoryRest();
  let report: Report | undefined;
  let stopped: string | undefined;
  const configs = new Map<KeptConfig, string>();
  return {
    readLedger: () => Promise.resolve({ ledger }),
    writeLedger: (written) => {
      ledger = { ...structuredClone(written), known: true };
      return Promise.resolve();
    },
    readConfig: (which) => Promise.resolve(configs.get(which)),
    writeConfig: (which, text) => {
      configs.set(which, text);
      return Promise.resolve();
    },
    readDelivery: () => Promise.resolve(delivery),
    writeDelivery: (record) => {
      delivery = record;
      return Promise.resolve();
    },
    ...rest.store,
    readReport: () => Promise.resolve(report),
    writeReport: (written) => {
      report = structuredClone(written);
      return Promise.resolve();
    },
    ...createMemoryEvents(),
    stoppedSince: () => Promise.resolve(stopped),
    setStopped: (since) => {
      stopped = since;
      return Promise.resolve();
    },
    forget: () => {
      configs.clear();
      delivery = undefined;
      rest.forget();
      ledger = emptyLedger;
      return Promise.resolve();
    },
    trouble: () => Promise.resolve(undefined),
  };
}

type Rest = Pick<
  StateStore,
  | "readSightings"
  | "writeSightings"
  | "readCare"
  | "writeCare"
  | "readRuns"
  | "writeRuns"
  | "readIdentity"
  | "makeIdentity"
  | "writeIdentity"
>;

/** What an agent knows of Leases and of its etcd member, and its own key, which it does not forget. */
function createMemoryRest(): { readonly store: Rest; readonly forget: () => void } {
  let sightings: KeptSightings | undefined;
  let care: KeptCare | undefined;
  let runs: KnownRuns | undefined;
  let identity = noOwnKeys;
  return {
    store: {
      readIdentity: () => Promise.resolve(identity),
      makeIdentity: (text) => {
        if (identity === noOwnKeys) identity = { keys: keysIn(text) };
        return Promise.resolve();
      },
      writeIdentity: (text) => {
        identity = { keys: keysIn(text) };
        return Promise.resolve();
      },
      readSightings: () => Promise.resolve(sightings),
      writeSightings: (kept) => {
        sightings = kept;
        return Promise.resolve();
      },
      readCare: () => Promise.resolve(care),
      writeCare: (kept) => {
        care = structuredClone(kept);
        return Promise.resolve();
      },
      readRuns: () => Promise.resolve(runs),
      writeRuns: (known) => {
        runs = structuredClone(known);
        return Promise.resolve();
      },
    },
    forget: () => {
      sightings = undefined;
      care = undefined;
      runs = undefined;
    },
  };
}

function createMemoryEvents(): Pick<StateStore, "appendEvent" | "readEvents"> {
  const events: HostEvent[] = [];
  return {
    appendEvent: (event) => {
      events.push(boundedEvent(event));
      return Promise.resolve();
    },
    readEvents: (limit) => Promise.resolve(limit <= 0 ? [] : events.slice(-limit)),
  };
}
