// Whether the agent itself does its work, as /healthz says it.
import { ageText } from "#agent/report/age-text.ts";
import { isReportOld, reportAgeMs } from "#agent/report/report-age.ts";
import type { Report } from "#agent/report/report.ts";

/** Healthy: the newest report is younger than three intervals and its tick did not fail. */
export function agentHealth(
  report: Report | undefined,
  now: number,
): { readonly healthy: boolean; readonly reason: string } {
  if (report === undefined) return { healthy: false, reason: "no report yet" };
  const age = ageText(reportAgeMs(report, now));
  if (isReportOld(report, { now, atLeastMs: 0 })) return { healthy: false, reason: `last report ${age} ago` };
  const healthy = report.result !== "failed" && report.result !== "config-invalid";
  const error = report.error === undefined ? "" : `: ${report.error.message} (${report.error.code})`;
  return { healthy, reason: `tick ${report.tick} ${report.result} ${age} ago${error}` };
}
