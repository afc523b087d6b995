// How old a report is, and whether that means that the agent no longer works.
import type { Report } from "./report.ts";

/** Ticks that may be missed before the report counts as old. */
const missedIntervals = 3;

/** Milliseconds since it was written. */
export function reportAgeMs(report: Report, now: number): number {
  return now - Date.parse(report.writtenAt);
}

/** True when it is older than three intervals and `atLeastMs`. A long apply writes its report at its end. */
export function isReportOld(report: Report, options: { readonly now: number; readonly atLeastMs: number }): boolean {
  return reportAgeMs(report, options.now) > Math.max(options.atLeastMs, missedIntervals * report.intervalMs);
}
