// The page as the endpoint serves it: made anew at most once a second, however often it is asked for.
import type { Boot } from "#agent/facts/boot.ts";
import { stalenessOf } from "#agent/report/report-age.ts";
import type { Report } from "#agent/report/report.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { hostPage, shownEvents } from "./host-page.ts";

const freshMs = 1000;

/** Resolves with the whole document. What cannot be read of the event log is left out. */
export function createServedPage(options: {
  readonly lastReport: () => Report | undefined;
  readonly readEvents: StateStore["readEvents"];
  readonly clock: Clock;
  readonly boot?: Boot | undefined;
}): () => Promise<string> {
  const { lastReport, readEvents, clock, boot } = options;
  const make = async (): Promise<string> => {
    const events = await readEvents(shownEvents);
    const present = { now: wallTime(clock).epochMs, boot };
    const report = lastReport();
    const stale = report && stalenessOf(report, present);
    return hostPage({ report: report && { ...report, ...(stale === undefined ? {} : { stale }) }, events, present });
  };
  let made: { readonly at: number; readonly page: Promise<string> } | undefined;
  return async () => {
    if (made === undefined || clock.now() - made.at >= freshMs) made = { at: clock.now(), page: make() };
    return made.page;
  };
}
