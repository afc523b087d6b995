// The state store in memory: for tests, and for an agent whose disk is full. It obeys the contract of the one on disk.
import { emptyLedger, type Ledger } from "#shared/state/ledger.ts";
import type { DeliveryRecord } from "#shared/delivery/delivery-record.ts";
import { boundedEvent, type HostEvent } from "./host-event.ts";
import type { KeptSightings } from "./kept-sightings.ts";
import type { Report } from "./report.ts";
import type { KeptConfig, StateStore } from "./state-store.ts";

/** An empty store. */
export function createMemoryState(): StateStore {
  let ledger: Ledger = emptyLedger;
  let delivery: DeliveryRecord | undefined;
  let sightings: KeptSightings | undefined;
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
    readSightings: () => Promise.resolve(sightings),
    writeSightings: (kept) => {
      sightings = kept;
      return Promise.resolve();
    },
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
      sightings = undefined;
      ledger = emptyLedger;
      return Promise.resolve();
    },
    trouble: () => Promise.resolve(undefined),
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
