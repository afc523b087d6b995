// The ledger: what the agent remembers and may lose. Losing it costs a warning, one more signal, one more try.
import * as z from "zod";
import { DeliveryRecord } from "#shared/delivery/delivery-record.ts";
import { AbsolutePath } from "#shared/schema/words/words.ts";
import { isComponentName } from "./component-directory.ts";

const Written = z.object({
  digest: z.string(),
  /** Mode and owner, such as `0640 7:8`; missing in an entry of an older agent. */
  owned: z.string().optional(),
});
const LedgerFile = Written.extend({
  component: z.string(),
  /** What may still be there, since the agent may have been killed before it wrote; the newest first. */
  before: z.array(Written).optional(),
  /** Hash of the host config under which the file stays, because somebody has made it his own. */
  left: z.string().optional(),
});
const Delivery = z.object({ container: z.string(), digest: z.string() });
const Verdict = z.object({
  /** `digest` of the desired container that failed. */
  digest: z.string(),
  /** Hash of the host config it failed under; under another config it is tried again. */
  config: z.string(),
  /** failed: going back; rejected: the old one works again, so the new one is at fault; postponed: the fault is elsewhere. */
  state: z.enum(["failed", "rejected", "postponed"]),
  /** Epoch milliseconds; a postponed one is tried again after it. */
  until: z.number().optional(),
  reason: z.string(),
  /** Another host that found it; such a verdict is never kept. */
  host: z.string().optional(),
  at: z.number(),
  /** How often it was postponed under this config. */
  tries: z.number().default(1),
  /** The engine refused it by an error of its own, which may be its own trouble and not the container's fault. */
  engineError: z.boolean().optional(),
});

export const Ledger = z.object({
  version: z.literal(1),
  /** path → who wrote it and what. An entry is written before its file. */
  files: z.record(z.string(), LedgerFile),
  /** path → container id that had its signal, for which content. */
  delivered: z.record(z.string(), Delivery),
  /** container name → `digest` that was seen healthy last. */
  proven: z.record(z.string(), z.string()),
  /** container name → verdict on its newest try. */
  verdicts: z.record(z.string(), Verdict),
  /** container name → the trial whose deadline counts from `since` (epoch ms), granted once to a restarted agent. */
  trials: z.record(z.string(), z.object({ container: z.string(), since: z.number() })),
  /** path → what was written there and what was found right after, under the host config with this hash. */
  unheld: z.record(z.string(), z.object({ wanted: z.string(), found: z.string(), config: z.string() })).optional(),
  /** Directories that were made for files and data, for `reset` to remove when they are empty. */
  directories: z.array(z.string()).readonly().optional(),
  /** A second copy of what is remembered of the config in force, as of the last tick that settled. */
  delivery: DeliveryRecord.optional(),
  /** True when it was read from disk; false when it was lost or is new. */
  known: z.boolean(),
});
export type Ledger = Readonly<z.infer<typeof Ledger>>;
export type LedgerFile = Readonly<z.infer<typeof LedgerFile>>;
export type Verdict = z.infer<typeof Verdict>;

/** A ledger that knows nothing. */
export const emptyLedger: Ledger = {
  version: 1,
  files: {},
  delivered: {},
  proven: {},
  verdicts: {},
  trials: {},
  known: false,
};

/**
 * Without the entries that no agent has written, whoever did: a path that leads elsewhere, or a component that is no name, would
 * be looked at, and removed, as ours. `dropped` is how many those are.
 */
export function withoutForeignEntries(ledger: Ledger): { readonly ledger: Ledger; readonly dropped: number } {
  const files = Object.entries(ledger.files);
  const kept = files.filter(([path, { component }]) => isPath(path) && isComponentName(component));
  const directories = ledger.directories?.filter(isPath);
  const dropped = files.length - kept.length + (ledger.directories?.length ?? 0) - (directories?.length ?? 0);
  if (dropped === 0) return { ledger, dropped };
  return {
    ledger: { ...ledger, files: Object.fromEntries(kept), ...(directories === undefined ? {} : { directories }) },
    dropped,
  };
}

function isPath(path: string): boolean {
  const parts = path.split("/").slice(1);
  return AbsolutePath.safeParse(path).success && !parts.some((part) => ["", ".", ".."].includes(part));
}
