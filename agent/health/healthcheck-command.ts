// The image's HEALTHCHECK: does the loop still write reports?
import { exitCodes } from "#shared/errors.ts";
import type { Clock } from "#shared/clock.ts";
import { ageText } from "#agent/report/age-text.ts";
import { isReportOld, reportAgeMs } from "#agent/report/report-age.ts";
import type { StateStore } from "#agent/report/state-store.ts";

/** A tick that replaces containers may take this long. */
const atLeastMs = 600_000;

/**
 * Exit code 0 while the report is younger than 10 minutes or three intervals, whichever is longer; else 1, as Docker
 * wants it. What the report says does not matter here.
 */
export async function runHealthcheck(options: {
  readonly store: Pick<StateStore, "readReport">;
  readonly clock: Clock;
  readonly print: (line: string) => void;
}): Promise<number> {
  const report = await options.store.readReport();
  if (report === undefined) {
    options.print("unhealthy: there is no report");
    return exitCodes.internal;
  }
  const now = options.clock.now();
  const isOld = isReportOld(report, { now, atLeastMs });
  options.print(`${isOld ? "unhealthy" : "healthy"}: last report ${ageText(reportAgeMs(report, now))} ago`);
  return isOld ? exitCodes.internal : exitCodes.ok;
}
