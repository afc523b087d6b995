// The containers of the host, in the order and the words of `status`. Pure.
import type { Report, ReportedComponent } from "#agent/report/report.ts";
import { expiryOf, isTold, sortedComponents, stateOf } from "#agent/report/status-words.ts";
import { list, markup } from "#shared/page/markup.ts";
import type { Markup } from "#shared/page/markup.ts";
import { section, signed } from "#shared/page/pieces.ts";

const most = 50;

/** What an old report says of health is not shown as if it were so now. */
export function containersOf(report: Report, now: number): Markup {
  const sorted = sortedComponents(report);
  if (sorted.length === 0) return section("Containers", markup`<p>no components</p>`);
  const items = list(sorted, most, (item) => {
    const healthy = report.stale === undefined ? item.healthy : undefined;
    return markup`${signed(healthy, item.name)} <span class="faint">${item.component}</span> ${stateOf(item, now)}${certificateOf(item, now)}${reasonOf(item, report)}`;
  });
  return section("Containers", markup`<div class="plain">${items}</div>`);
}

function certificateOf(item: ReportedComponent, now: number): Markup {
  if (item.certificatesEnd === undefined) return markup``;
  return markup`<span class="faint">, certificates ${expiryOf(item, now)}</span>`;
}

function reasonOf(item: ReportedComponent, report: Report): string {
  return item.reason === undefined || isTold(item, report) ? "" : `: ${item.reason}`;
}
