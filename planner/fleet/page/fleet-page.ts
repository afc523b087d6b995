// The fleet as one page of HTML that stands for itself: no script, nothing that is asked for elsewhere, nothing secret. Pure.
import { listAt, numberAt, textAt, at } from "#shared/json-fields.ts";
import { certificateBars } from "#shared/page/certificate-bars.ts";
import { lines, markup } from "#shared/page/markup.ts";
import type { Markup } from "#shared/page/markup.ts";
import { memberPiece, signed } from "#shared/page/pieces.ts";
import { wholePage } from "#shared/page/whole-page.ts";
import { utcText } from "#shared/utc-text.ts";
import { roughAgeText } from "#shared/age-text.ts";
import type { Finding } from "#planner/fleet/finding.ts";
import { countWell, illHosts } from "#planner/fleet/fleet.ts";
import type { Fleet, FleetHost } from "#planner/fleet/fleet.ts";
import { fleetText } from "#planner/fleet/fleet-text.ts";
import type { ReportedPart } from "#planner/fleet/host-report.ts";

/** `now` in milliseconds since 1970, as for the table, which is below as its twin in text. */
export function fleetPage(fleet: Fleet, now: number): string {
  const { cluster, hosts, findings } = fleet;
  const ill = illHosts(fleet);
  const well = countWell(fleet);
  const body = markup`<header><h1>Cluster ${cluster}</h1>
<p><strong class="${ill.size === 0 ? "good" : "bad"}">${well} of ${hosts.length} hosts as they should be</strong> <span class="faint">as seen at ${utcText(now)}</span></p></header>
<main>${findingsOf(findings)}
<section><h2>Hosts</h2><div class="cards">${hosts.map((host) => cardOf(host, { isIll: ill.has(host.host), now }))}</div></section>
${waitsOf(hosts)}${pendingOf(hosts)}${membersOf(hosts)}${certificatesOf(hosts, now)}
<section><h2>As text</h2><pre>${lines(fleetText(fleet, now))}</pre></section></main>`;
  return wholePage({ title: `${cluster}: ${well} of ${hosts.length} hosts well`, body });
}

function findingsOf(findings: readonly Finding[]): Markup {
  if (findings.length === 0) return markup``;
  const items = findings.map(
    ({ host, file, what, hint }) =>
      markup`<div class="finding"><h3>${host ?? file ?? "?"}</h3><p>${what}</p><p><code>${hint}</code></p></div>`,
  );
  return markup`<section><h2>What to do</h2>${items}</section>`;
}

type Seen = { readonly isIll: boolean; readonly now: number };

function cardOf({ host, wanted, words, report, isProven }: FleetHost, { isIll, now }: Seen): Markup {
  const kind = words === undefined ? "none" : isIll ? "ill" : "well";
  const generation = `generation ${words?.generation ?? "-"} of ${wanted ?? "-"}`;
  if (words === undefined)
    return markup`<article class="card ${kind}"><h3>${host}</h3><p class="faint">${generation}; nothing is known of it</p></article>`;
  const age = words.writtenAt === undefined ? "as its Node tells" : `${roughAgeText(now - words.writtenAt)} ago`;
  const doubt = isProven ? "" : ", not proven to be of this host config";
  const parts =
    report === undefined
      ? markup`<li>etcd ${words.etcd}, kubelet ${words.kubelet}</li>`
      : markup`${report.parts.map(partOf)}`;
  return markup`<article class="card ${kind}"><h3>${host}</h3><p class="faint">${generation}, ${words.result}, ${age}, agent ${words.agentVersion}${doubt}</p><ul>${parts}</ul></article>`;
}

/** The state is a word and a sign besides its colour. */
function partOf({ container, state, healthy, reason }: ReportedPart): Markup {
  const said = healthy ? "" : ` ${state}${reason === "" ? "" : `: ${reason}`}`;
  return markup`<li>${signed(healthy, container)}${said}</li>`;
}

/** Who waits, and for whom, in the agents' own words. */
function waitsOf(hosts: readonly FleetHost[]): Markup {
  const waits = hosts.flatMap(({ host, report }) =>
    (report?.blocked ?? []).map(
      ({ container, reason }) => markup`<li><strong class="wait">${host}, ${container}</strong>: ${reason}</li>`,
    ),
  );
  return waits.length === 0 ? markup`` : markup`<section><h2>Who waits</h2><ul>${waits}</ul></section>`;
}

/** Of one host; its agent's own page has more. */
const shownSteps = 3;

/** What of its plan each host has still to do. */
function pendingOf(hosts: readonly FleetHost[]): Markup {
  const rows = hosts.flatMap(({ host, report }) => {
    const count = numberAt(report?.said, "pending", "count") ?? 0;
    const first = listAt(report?.said, "pending", "first").filter((step) => typeof step === "string");
    if (count === 0) return [];
    const steps = first.slice(0, shownSteps).map((step) => markup`<li>${step}</li>`);
    return [
      markup`<li><strong class="wait">${host}</strong>: ${count} ${count === 1 ? "step" : "steps"}<ul>${steps}</ul></li>`,
    ];
  });
  return rows.length === 0 ? markup`` : markup`<section><h2>What is to be done yet</h2><ul>${rows}</ul></section>`;
}

/** By the newest report that lists etcd's members. */
function membersOf(hosts: readonly FleetHost[]): Markup {
  const [newest] = hosts
    .flatMap(({ report }) => (report === undefined ? [] : [report]))
    .filter(({ said }) => listAt(said, "etcdMembers", "members").length > 0)
    .toSorted((one, other) => other.writtenAt - one.writtenAt);
  if (newest === undefined) return markup``;
  const members = listAt(newest.said, "etcdMembers", "members").map((member) => {
    const told = { name: textAt(member, "name"), role: textAt(member, "role"), isWell: at(member, "isWell") === true };
    return markup`<li>${memberPiece(told)}</li>`;
  });
  const generation = numberAt(newest.said, "etcdMembers", "generation") ?? "-";
  return markup`<section><h2>etcd</h2><p class="faint">as ${newest.host} sees its members, list ${generation}</p><ul>${members}</ul></section>`;
}

function certificatesOf(hosts: readonly FleetHost[], now: number): Markup {
  const ends = hosts.flatMap(({ host, words }) =>
    words?.certificatesEnd === undefined ? [] : [{ name: host, end: words.certificatesEnd }],
  );
  const bars = certificateBars(ends, now);
  return bars === undefined
    ? markup``
    : markup`<section><h2>Certificates</h2><p class="faint">until the first of each host ends</p>${bars}</section>`;
}
