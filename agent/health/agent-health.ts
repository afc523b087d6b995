// Whether the agent itself does its work, as /healthz says it.
import { ageText } from "#shared/age-text.ts";
import { reportAgeMs, stalenessOf } from "#agent/report/report-age.ts";
import type { Present } from "#agent/report/report-age.ts";
import { resetText, underwayText } from "#agent/report/report-text.ts";
import type { Report } from "#agent/report/report.ts";

type Health = { readonly healthy: boolean; readonly reason: string };

/** Healthy: the newest report is younger than three intervals and its tick, or the one before it, did not fail. */
export function agentHealth(report: Report | undefined, present: Present): Health {
  if (report === undefined) return { healthy: false, reason: "no report yet" };
  const age = ageText(reportAgeMs(report, present));
  if (stalenessOf(report, present) !== undefined) return { healthy: false, reason: `last report ${age} ago` };
  const { result, underway, error, stoppedSince } = report;
  if (stoppedSince !== undefined) return { healthy: true, reason: resetText(stoppedSince) };
  if (result === "working")
    return {
      healthy: underway?.before !== undefined && isWell(underway.before),
      reason: `tick ${report.tick} under way: ${underwayText(report, present.now)}`,
    };
  const why = error === undefined ? "" : `: ${error.message} (${error.code})`;
  return { healthy: isWell(result), reason: `tick ${report.tick} ${result} ${age} ago${why}` };
}

function isWell(result: Report["result"]): boolean {
  return result !== "failed" && result !== "config-invalid" && result !== "locked";
}
