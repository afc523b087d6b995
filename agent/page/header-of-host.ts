// The top of the page: whether the host is as it should be, what the last tick came to, and since when. Pure.
import { firstTrouble } from "#agent/report/first-trouble.ts";
import type { Present } from "#agent/report/report-age.ts";
import { resetText, underwayText } from "#agent/report/report-text.ts";
import type { Report } from "#agent/report/report.ts";
import { summaryOf } from "#agent/report/status-words.ts";
import { markup } from "#shared/page/markup.ts";
import type { Markup } from "#shared/page/markup.ts";
import { utcText } from "#shared/utc-text.ts";

export function headerOf(report: Report, present: Present): Markup {
  const { kind, word } = wordOf(report, present.now);
  return markup`<header><h1>Host ${report.host ?? "?"}</h1>
<p><strong class="${kind}">${word}</strong> <span class="faint">as seen at ${utcText(present.now)}</span></p>
<p class="faint">${summaryOf(report, present)}</p></header>`;
}

type Word = { readonly kind: "good" | "bad" | "wait"; readonly word: string };

/** What goes on by itself is nothing bad. */
function wordOf(report: Report, now: number): Word {
  const { stale, stoppedSince, result, blocked, error } = report;
  if (stale !== undefined) return { kind: "bad", word: stale };
  if (stoppedSince !== undefined) return { kind: "wait", word: resetText(stoppedSince) };
  if (result === "working") return { kind: "wait", word: `under way: ${underwayText(report, now)}` };
  const word = firstTrouble(report);
  if (word === undefined) return { kind: "good", word: "as it should be" };
  const waits = error === undefined && blocked.length > 0 && blocked.every(({ code }) => code === "waiting");
  return { kind: waits ? "wait" : "bad", word };
}
