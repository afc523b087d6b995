// The newest report of each host that was believed, so that an older one is not taken for news. Pure. It holds no secret, and its loss
// costs no more than that: an old report of the same generation is then not told from a new one.
import { at, numberAt, parsedJson, textAt } from "#shared/json-fields.ts";
import { ownValue } from "#shared/own-value.ts";
import type { HostReport } from "./host-report.ts";

/** Name of the file in the PKI directory. */
export const seenFileName = "reports.json";

export type SeenReport = Pick<HostReport, "writtenAt" | "boot"> & { readonly generation: number };
/** By host. */
export type SeenReports = Readonly<Record<string, SeenReport>>;

/** What cannot be read of it was not seen. */
export function seenIn(text: string | undefined): SeenReports {
  const hosts = at(parsedJson(text ?? ""), "hosts");
  if (typeof hosts !== "object" || hosts === null) return {};
  return Object.fromEntries(
    Object.entries(hosts).flatMap(([host, entry]: readonly [string, unknown]) => {
      const [generation, writtenAt] = [numberAt(entry, "generation"), numberAt(entry, "writtenAt")];
      const [id, uptimeMs] = [textAt(entry, "boot", "id"), numberAt(entry, "boot", "uptimeMs")];
      if (generation === undefined || writtenAt === undefined) return [];
      const boot = id === "" || uptimeMs === undefined ? undefined : { id, uptimeMs };
      return [[host, { generation, writtenAt, boot }] as const];
    }),
  );
}

export function seenText(hosts: SeenReports): string {
  return `${JSON.stringify({ version: 1, hosts: Object.fromEntries(sorted(hosts)) }, undefined, 2)}\n`;
}

/** With those that are believed now; the same object when they are no news. */
export function seenAfter(seen: SeenReports, believed: readonly HostReport[]): SeenReports {
  const news = believed.flatMap(({ host, generation, writtenAt, boot }) => {
    const entry = { generation: generation ?? 0, writtenAt, boot };
    return isSame(ownValue(seen, host), entry) ? [] : [[host, entry] as const];
  });
  return news.length === 0 ? seen : Object.fromEntries([...Object.entries(seen), ...news]);
}

function isSame(known: SeenReport | undefined, { generation, writtenAt, boot }: SeenReport): boolean {
  return (
    known?.generation === generation &&
    known.writtenAt === writtenAt &&
    known.boot?.id === boot?.id &&
    known.boot?.uptimeMs === boot?.uptimeMs
  );
}

/**
 * Why a report is older than one that was believed; undefined when it is not. Within a boot its own clock tells, which nobody sets; the wall
 * clock counts across boots, and not where it was ahead when it was believed.
 */
export function olderThan(known: SeenReport | undefined, report: HostReport, now: number): string | undefined {
  if (known === undefined) return undefined;
  const { generation = 0, boot, writtenAt } = report;
  if (generation < known.generation)
    return `it is of generation ${generation}, and one of generation ${known.generation} was here before`;
  if (generation > known.generation) return undefined;
  const isSameBoot = boot !== undefined && boot.id === known.boot?.id;
  const isOlder = isSameBoot
    ? boot.uptimeMs < (known.boot?.uptimeMs ?? 0)
    : known.writtenAt <= now && writtenAt < known.writtenAt;
  return isOlder ? "it was written before one that was here before" : undefined;
}

function sorted(hosts: SeenReports): readonly (readonly [string, SeenReport])[] {
  return Object.entries(hosts).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
