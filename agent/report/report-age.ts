// How old a report is, and whether that means that the agent no longer works.
import type { Boot } from "#agent/facts/boot.ts";
import type { Report } from "./report.ts";

/** Ticks that may be missed before the report counts as old. */
const missedIntervals = 3;

export type Present = {
  readonly now: number;
  /** The boot that this is; without it the wall clock has to do. */
  readonly boot?: Boot | undefined;
};

/** Milliseconds since it was written; by the boot's own clock where it is of this boot. */
export function reportAgeMs(report: Report, { now, boot }: Present): number {
  const sameBoot = boot !== undefined && boot.id !== "" && report.boot?.id === boot.id;
  return sameBoot ? boot.uptimeMs() - (report.boot?.uptimeMs ?? 0) : now - Date.parse(report.writtenAt);
}

/** True when it is older than three intervals and `atLeastMs`. A long step says only now and then that it lives. */
export function isReportOld(report: Report, present: Present & { readonly atLeastMs: number }): boolean {
  return reportAgeMs(report, present) > Math.max(present.atLeastMs, missedIntervals * report.intervalMs);
}

/** For how long ticks have failed one after another by now, when they have for longer than three intervals. */
export function failingTooLongMs(report: Report, present: Present): number | undefined {
  if (report.failingForMs === undefined) return undefined;
  const ms = report.failingForMs + Math.max(0, reportAgeMs(report, present));
  return ms > missedIntervals * report.intervalMs ? ms : undefined;
}

/** A long step tells at least every ten seconds that it lives, but an engine may be slow. */
const workingAtLeastMs = 180_000;

/** Where the kernel does not tell boots apart, one that is younger than the report's is another. */
export function isOfOtherBoot(report: Report, { boot }: Present): boolean {
  if (boot === undefined || report.boot === undefined) return false;
  return report.boot.id !== boot.id || boot.uptimeMs() < report.boot.uptimeMs;
}

/** Why what it says may no longer hold; undefined while it does. */
export function stalenessOf(report: Report, present: Present): string | undefined {
  if (isOfOtherBoot(report, present))
    return "the host was started anew since this report: health is not known before the agent has looked";
  const atLeastMs = report.result === "working" ? workingAtLeastMs : 0;
  return isReportOld(report, { ...present, atLeastMs }) ? "the report is OLD: is the agent running?" : undefined;
}
