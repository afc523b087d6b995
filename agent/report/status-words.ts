// The words of `status`, which the page of the host has too. Pure.
import type { Problem } from "#shared/errors.ts";
import { withDetails } from "#shared/reason-of.ts";
import { ownValue } from "#shared/own-value.ts";
import { ageText, roughAgeText } from "#shared/age-text.ts";
import { reportAgeMs } from "./report-age.ts";
import type { Present } from "./report-age.ts";
import { resetText, underwayText } from "./report-text.ts";
import type { Report, ReportedComponent } from "./report.ts";

/** In the order of a table: by component, then by name. */
export function sortedComponents({ components }: Report): readonly ReportedComponent[] {
  return components.toSorted((a, b) => compare(a.component, b.component) || compare(a.name, b.name));
}

/** What is blocked is told once, with its code. */
export function isTold({ container, reason }: ReportedComponent, { blocked }: Report): boolean {
  return blocked.some((item) => item.container === container && item.reason === reason);
}

export function stateOf(item: ReportedComponent, now: number): string {
  const { state, once, healthy, startedAt, endedAt } = item;
  const since = (time: string | undefined): string => (time === undefined ? "" : ` ${ageText(now - Date.parse(time))}`);
  if (once === true && healthy) return `done${since(endedAt)}`;
  return `${state === "running" ? `running${since(startedAt)}` : state}${restartsText(item)}`;
}

/** In its row and no column: the table is wide as it is, and most have none. */
function restartsText({ restarts = 0, exitCode }: ReportedComponent): string {
  if (restarts === 0) return "";
  const code = exitCode === undefined ? "" : `, exit ${exitCode}`;
  return ` (${restarts} ${restarts === 1 ? "restart" : "restarts"}${code})`;
}

export function expiryOf({ certificatesEnd }: ReportedComponent, now: number): string {
  if (certificatesEnd === undefined) return "-";
  const leftMs = Date.parse(certificatesEnd) - now;
  const day = certificatesEnd.slice(0, 10);
  return leftMs <= 0 ? `${day} EXPIRED` : `${day} (${roughAgeText(leftMs)})`;
}

export function endLine({ certificatesEnd, renewalDue }: Report, now: number): readonly string[] {
  if (certificatesEnd === undefined) return [];
  const left = Date.parse(certificatesEnd) - now;
  const verb = renewalDue !== undefined && Date.parse(renewalDue) <= now ? "was" : "is";
  const renewal =
    renewalDue === undefined ? "" : `; the next renewal ${verb} due ${renewalDue}: split and deliver by then`;
  return [
    left <= 0
      ? `a certificate ended at ${certificatesEnd}: deliver a newer host config`
      : `deliver a newer host config before ${certificatesEnd} (in ${ageText(left)}), when the first certificate ends${renewal}`,
  ];
}

export function nodeLine({ name, ready, kubeletVersion }: NonNullable<Report["node"]>): string {
  const words: Readonly<Record<string, string>> = {
    True: "Ready",
    False: "NOT READY",
    missing: "not registered",
    unreachable: "unknown: the API does not answer",
  };
  const version = kubeletVersion === undefined || kubeletVersion === "" ? "" : `, kubelet ${kubeletVersion}`;
  return `node ${name}: ${ownValue(words, ready) ?? "NOT READY (its kubelet is silent)"}${version}`;
}

export function objectsLine({ appliedBy, manifests, releases }: NonNullable<Report["clusterObjects"]>): string {
  const who = appliedBy === undefined ? "applied by nobody now" : `applied by ${appliedBy}`;
  if (manifests === undefined || releases === undefined) return `cluster objects: ${who}`;
  return `cluster objects: ${who}; manifests in force: ${manifests}, releases: ${releases}`;
}

export function sourceLine({ name, state, reason }: NonNullable<Report["sources"]>[number]): string {
  const words = {
    "in-force": "its host config is in force",
    older: "its host config is an older one",
    refused: "refused",
    nothing: "nothing new",
  };
  return `${name}: ${words[state]}${reason === undefined ? "" : `: ${reason}`}`;
}

export function problemLine(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const where = [place, problem.path].filter((part) => part !== "").join(": ");
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${where === "" ? "host config" : where}: ${problem.problem}${hint}`;
}

export function errorLine({ message, code, details }: NonNullable<Report["error"]>): string {
  if (code === "STEP_LOCKED") return `last tick failed: ${message} (${code})`;
  return `last tick failed: ${withDetails(message, parsedDetails(details))} (${code})`;
}

/** Of another version they may be anything. */
function parsedDetails(details: string): object {
  try {
    const parsed: unknown = JSON.parse(details);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    // its own words
    return details === "" ? {} : { reason: details };
  }
}

/** Steps of the last plan that are still to be done, a line each, and how many more there are. */
export function pendingLines({ pending }: Report): readonly string[] {
  if (pending === undefined) return [];
  const more = pending.count - pending.first.length;
  return [...pending.first.map((step) => `to do: ${step}`), ...(more > 0 ? [`to do: and ${more} more`] : [])];
}

/** What a tick was about and what has become of it, with the report's age. */
export function summaryOf(report: Report, present: Present): string {
  if (report.stoppedSince !== undefined) return resetText(report.stoppedSince);
  const generation = report.generation === undefined ? "" : `, generation ${report.generation}`;
  const host = report.host === undefined ? "" : `, host ${report.host}`;
  const cluster =
    report.cluster === undefined ? "no host config in force" : `cluster ${report.cluster}${host}${generation}`;
  const stale = report.stale === undefined ? "" : `; ${report.stale}`;
  if (report.tick === 0) return `${cluster}${stale}`;
  const done =
    report.result === "working"
      ? `under way: ${underwayText(report, present.now)}`
      : `${report.result} ${ageText(reportAgeMs(report, present))} ago${failingText(report)}`;
  return `${cluster}; agent ${report.agentVersion}; tick ${report.tick} ${done}${stale}`;
}

/** A single failure is no time. */
function failingText({ failingForMs = 0 }: Report): string {
  return failingForMs < 1000 ? "" : `; ticks fail for ${ageText(failingForMs)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
