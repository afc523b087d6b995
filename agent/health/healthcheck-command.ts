// The image's HEALTHCHECK: does the loop work, and do its ticks succeed?
import { exitCodes } from "#shared/errors.ts";
import { ageText } from "#shared/age-text.ts";
import { failingTooLongMs, isOfOtherBoot, isReportOld, reportAgeMs } from "#agent/report/report-age.ts";
import type { Present } from "#agent/report/report-age.ts";
import type { StateStore } from "#agent/report/state-store.ts";

/** A step of a tick may be silent for this long. */
const atLeastMs = 180_000;

/**
 * Exit code 0 while reports are younger than three intervals or three minutes, whichever is longer, and ticks have not
 * failed for longer than three intervals; else 1, as Docker wants it. A tick under way reports as its steps are done.
 */
export async function runHealthcheck(options: {
  readonly store: Pick<StateStore, "readReport">;
  readonly present: Present;
  /** Why the loop of this container does nothing: the report is then another one's. */
  readonly standsBy?: string | undefined;
  readonly print: (line: string) => void;
}): Promise<number> {
  const { store, present, standsBy, print } = options;
  if (standsBy !== undefined) {
    print(`unhealthy: ${standsBy}`);
    return exitCodes.internal;
  }
  const report = await store.readReport();
  if (report === undefined) {
    print("unhealthy: there is no report");
    return exitCodes.internal;
  }
  const failing = failingTooLongMs(report, present);
  const isBefore = isOfOtherBoot(report, present);
  const isOld = isBefore || isReportOld(report, { ...present, atLeastMs });
  const age = `last report ${ageText(reportAgeMs(report, present))} ago${isBefore ? ", before the host was started" : ""}`;
  if (isOld || failing === undefined) print(`${isOld ? "unhealthy" : "healthy"}: ${age}`);
  else print(`unhealthy: ticks fail for ${ageText(failing)}: ${report.error?.message ?? report.result}`);
  return isOld || failing !== undefined ? exitCodes.internal : exitCodes.ok;
}
