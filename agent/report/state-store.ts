// What the agent keeps between ticks and may lose: the host is the truth. state-directory.ts keeps it on disk.
import type { Ledger } from "#shared/state/ledger.ts";
import type { DeliveryRecord } from "#shared/delivery/delivery-record.ts";
import type { HostEvent } from "./host-event.ts";
import type { KeptCare } from "./kept-care.ts";
import type { KeptSightings } from "./kept-sightings.ts";
import type { KnownRuns } from "./known-runs.ts";
import type { OwnKeys } from "./own-keys.ts";
import type { Report } from "./report.ts";

/** in-force: the host config that ticks work with; last-good: the newest one that settled. */
export type KeptConfig = "in-force" | "last-good";

/**
 * Writes throw FILES_UNWRITABLE (a full disk, a directory that was removed) and leave the old content whole; the caller
 * decides whether it can go on from memory. Reads never throw: what is absent, damaged or refused by the system is lost.
 */
export type StateStore = {
  /** An absent or damaged ledger is the empty one; a damaged one comes with a warning. */
  readonly readLedger: () => Promise<{ readonly ledger: Ledger; readonly warning?: string | undefined }>;
  readonly writeLedger: (ledger: Ledger) => Promise<void>;
  readonly readConfig: (which: KeptConfig) => Promise<string | undefined>;
  /** The text holds secrets. */
  readonly writeConfig: (which: KeptConfig, text: string) => Promise<void>;
  /** This host's own keys of age. */
  readonly readIdentity: () => Promise<OwnKeys>;
  /** One key as age-keygen writes it, where there is no file of keys yet; else nothing. The text is a secret. */
  readonly makeIdentity: (text: string) => Promise<void>;
  /** As age-keygen writes them, the newest first. The text is a secret. */
  readonly writeIdentity: (text: string) => Promise<void>;
  /** Undefined when there is none, or it is damaged. */
  readonly readDelivery: () => Promise<DeliveryRecord | undefined>;
  readonly writeDelivery: (record: DeliveryRecord) => Promise<void>;
  /** Undefined when there are none, or they are damaged. */
  readonly readSightings: () => Promise<KeptSightings | undefined>;
  readonly writeSightings: (kept: KeptSightings) => Promise<void>;
  /** Undefined when there is none, or it is damaged. */
  readonly readCare: () => Promise<KeptCare | undefined>;
  readonly writeCare: (kept: KeptCare) => Promise<void>;
  /** Undefined when they are lost. */
  readonly readRuns: () => Promise<KnownRuns | undefined>;
  readonly writeRuns: (known: KnownRuns) => Promise<void>;
  readonly readReport: () => Promise<Report | undefined>;
  readonly writeReport: (report: Report) => Promise<void>;
  readonly appendEvent: (event: HostEvent) => Promise<void>;
  /** The newest `limit` events, oldest first. */
  readonly readEvents: (limit: number) => Promise<readonly HostEvent[]>;
  /** Since when (RFC 3339, or "" when that is lost) the host stays empty: after `reset`, until `apply`. */
  readonly stoppedSince: () => Promise<string | undefined>;
  /** undefined ends it. */
  readonly setStopped: (since: string | undefined) => Promise<void>;
  /** Removes the host configs, which hold secrets, what is remembered of them, and what the ledger knows. The host's own key stays. */
  readonly forget: () => Promise<void>;
  /** Why nothing newer can be kept, as far as a look without a write tells; undefined when all is well. */
  readonly trouble: () => Promise<string | undefined>;
};
