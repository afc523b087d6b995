// One host as a page of HTML: what `status` tells, the latest events and what frees whatever is held. No secrets. Pure.
import { backupLine } from "#agent/report/etcd-backup-text.ts";
import { careLine } from "#agent/report/etcd-care-text.ts";
import { membersLine } from "#agent/report/etcd-members-text.ts";
import { freedBy } from "#agent/report/explain.ts";
import type { HostEvent } from "#agent/report/host-event.ts";
import { timeText, whyText } from "#agent/report/print-events.ts";
import { printStatus } from "#agent/report/print-status.ts";
import type { Present } from "#agent/report/report-age.ts";
import type { Report } from "#agent/report/report.ts";
import { errorLine, nodeLine, objectsLine, pendingLines, problemLine, sourceLine } from "#agent/report/status-words.ts";
import { ownValue } from "#shared/own-value.ts";
import { lines, list, markup } from "#shared/page/markup.ts";
import type { Markup } from "#shared/page/markup.ts";
import { memberPiece, section } from "#shared/page/pieces.ts";
import { wholePage } from "#shared/page/whole-page.ts";
import { endsOf } from "./certificates-of-host.ts";
import { containersOf } from "./containers-of-host.ts";
import { headerOf } from "./header-of-host.ts";

export type HostSeen = {
  /** With `stale` where that is so. */
  readonly report: Report | undefined;
  /** Oldest first. */
  readonly events: readonly HostEvent[];
  readonly present: Present;
};

/** A tick comes once a minute, and a step may be done each second. */
const reloadSeconds = 15;
/** Rows of one section, and of what each is blocked by: a page stays below 3 MB whatever a report says, and is 20 KB mostly. */
const most = 50;
const mostBlocked = 20;
const mostDetails = 10;
/** What the page tells of events; `flexkube-agent events` has all. */
export const shownEvents = 20;
/** Characters of the same as text. */
const longestTwin = 32_768;

export function hostPage({ report, events, present }: HostSeen): string {
  if (report === undefined) {
    const text = printStatus(undefined, present);
    return wholePage({ title: "no report yet", reloadSeconds, body: markup`<main><h1>${text}</h1></main>` });
  }
  const { now } = present;
  const body = markup`${headerOf(report, present)}
<main>${blockedOf(report)}${troubleOf(report)}${section("To do", listed(pendingLines(report).map((line) => line.replace("to do: ", ""))))}${containersOf(report, now)}
${etcdOf(report, now)}${section("Kubernetes", listed(kubernetesLines(report)))}${endsOf(report, now)}${eventsOf(events)}
${section("As text", markup`<pre>${lines(printStatus(report, present).slice(0, longestTwin))}</pre>`)}</main>`;
  return wholePage({ title: `${report.host ?? "?"}: ${report.result}`, reloadSeconds, body });
}

/** Undefined for none. */
function listed(told: readonly string[]): Markup | undefined {
  return told.length === 0 ? undefined : list(told, most, (line) => markup`${line}`);
}

/** Who waits and for whom, what frees it, and what tells more of it. */
function blockedOf({ blocked }: Report): Markup {
  if (blocked.length === 0) return markup``;
  const items = list(blocked, mostBlocked, ({ component, container, code, reason, details = [] }) => {
    const frees = ownValue<string>(freedBy, code);
    const end = frees === undefined ? markup`` : markup`<p class="faint">free when ${frees}</p>`;
    const found = details.length === 0 ? markup`` : list(details, mostDetails, (line) => markup`${line}`);
    return markup`<strong class="wait">${container}</strong> ${code}: ${reason}${found}${end}<p><code>flexkube-agent explain ${component}</code></p>`;
  });
  return section("Who waits", items);
}

function troubleOf({ error, problems, warnings, sources = [] }: Report): Markup {
  return section(
    "What is wrong",
    listed([
      ...(error === undefined ? [] : [errorLine(error)]),
      ...problems.map(problemLine),
      ...sources.filter(({ state }) => state === "refused").map(sourceLine),
      ...warnings,
    ]),
  );
}

function etcdOf({ etcdMembers, etcdBackup, etcdCare }: Report, now: number): Markup {
  const { members = [], waits } = etcdMembers ?? {};
  return section(
    "etcd",
    members.length === 0 ? undefined : list(members, most, memberPiece),
    listed([
      ...(etcdMembers === undefined || members.length > 0 ? [] : [membersLine(etcdMembers)]),
      ...(waits === undefined || members.length === 0 ? [] : [`waits: ${waits}`]),
      ...(etcdBackup === undefined ? [] : [backupLine(etcdBackup, now)]),
      ...(etcdCare === undefined ? [] : [careLine(etcdCare, now)]),
    ]),
  );
}

function kubernetesLines({ node, clusterObjects }: Report): readonly string[] {
  return [
    ...(node === undefined ? [] : [nodeLine(node)]),
    ...(clusterObjects === undefined ? [] : [objectsLine(clusterObjects)]),
  ];
}

/** The newest first, without what programs said last: that may be anything. */
function eventsOf(events: readonly HostEvent[]): Markup {
  if (events.length === 0) return markup``;
  const newest = events.slice(-shownEvents).toReversed();
  const items = list(
    newest,
    shownEvents,
    (event) =>
      markup`<span class="faint">${timeText(event.at)}</span> <strong>${event.container}</strong> ${event.kind}: ${whyText(event)}`,
  );
  return section("Latest events", items);
}
