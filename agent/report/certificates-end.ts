// Tells when the certificates of a host end, long before they do. Pure.
import { dayMs } from "#shared/duration.ts";
import { certificatesExpire, renewalDue } from "#shared/expand/pieces/certificates-expire.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

const tiers = [7, 30, 60] as const;

type Dates = {
  /** When the first certificate among the host config's secrets ends, RFC 3339. */
  readonly end: string | undefined;
  /** When the first of them is due to be made anew. */
  readonly renewal: string | undefined;
};

/** By the secrets of a config: one that stays in force is asked at every tick, and certificates take long to read. */
const known = new WeakMap<HostConfig["secrets"], Dates>();

export function certificateDates({ secrets }: Pick<HostConfig, "secrets">): Dates {
  const found = known.get(secrets);
  if (found !== undefined) return found;
  const texts = Object.values(secrets);
  const due = renewalDue(texts);
  const renewal = due === undefined ? undefined : new Date(due).toISOString().replace(/\.[0-9]{3}Z$/, "Z");
  const dates = { end: certificatesExpire(texts), renewal };
  known.set(secrets, dates);
  return dates;
}

/** From 60 days before the end on, at most one; its text changes at 30 and 7 days and at the end only. */
export function endWarnings(end: string | undefined, now: number): readonly string[] {
  if (end === undefined) return [];
  const leftMs = Date.parse(end) - now;
  const within = tiers.find((days) => leftMs <= days * dayMs);
  if (within === undefined) return [];
  const when = leftMs <= 0 ? "has ended" : `ends within ${within} days`;
  return [
    `a certificate of this host ${when}, at ${end}: make a newer host config (flexkube-planner split) and deliver it`,
  ];
}
