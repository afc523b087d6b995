// The report as `status` shows it to a person. Pure; `--json` prints the report itself.
import { printableLine, rowsText } from "#shared/printable.ts";
import type { Problem } from "#shared/errors.ts";
import { withDetails } from "#shared/reason-of.ts";
import { ageText } from "./age-text.ts";
import { backupLine } from "./etcd-backup-text.ts";
import { careLine } from "./etcd-care-text.ts";
import { membersLine } from "./etcd-members-text.ts";
import { reportAgeMs } from "./report-age.ts";
import type { Present } from "./report-age.ts";
import { resetText, underwayText } from "./report-text.ts";
import type { Report, ReportedComponent } from "./report.ts";

const header = ["HOST", "COMPONENT", "CONTAINER", "STATE", "HEALTHY", "CERTIFICATES"];

/** A table of components, what is wrong below it, and last how old all this is. Ends with a newline. */
export function printStatus(report: Report | undefined, present: Present): string {
  if (report === undefined)
    return "no report yet, and no container of ours: the agent has not begun a tick on this host\n";
  const { now } = present;
  const host = report.host ?? "?";
  const sorted = report.components.toSorted((a, b) => compare(a.component, b.component) || compare(a.name, b.name));
  const rows = sorted.map((item) => rowOf(item, { host, now, stale: report.stale !== undefined }));
  const sections = [
    rows.length === 0 ? ["no components"] : table([header, ...rows]),
    sorted
      .filter((item) => item.reason !== undefined && !isTold(item, report))
      .map((item) => `${item.name}: ${item.reason ?? ""}`),
    [
      ...(report.node === undefined ? [] : [nodeLine(report.node)]),
      ...(report.clusterObjects === undefined ? [] : [objectsLine(report.clusterObjects)]),
      ...(report.etcdBackup === undefined ? [] : [backupLine(report.etcdBackup, now)]),
      ...(report.etcdCare === undefined ? [] : [careLine(report.etcdCare, now)]),
      ...(report.etcdMembers === undefined ? [] : [membersLine(report.etcdMembers)]),
    ],
    report.blocked.flatMap((item) => [
      `${item.container}: ${item.code}: ${item.reason}`,
      ...(item.details ?? []).map((line) => `  ${line}`),
    ]),
    report.problems.map(problemLine),
    report.warnings.map((warning) => `warning: ${warning}`),
    report.error === undefined ? [] : [errorLine(report.error)],
    [summaryOf(report, present), ...endLine(report, now)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map(rowsText)
    .join("\n");
}

/** What is blocked is told once, with its code. */
function isTold({ container, reason }: ReportedComponent, { blocked }: Report): boolean {
  return blocked.some((item) => item.container === container && item.reason === reason);
}

function rowOf(
  item: ReportedComponent,
  { host, now, stale }: { readonly host: string; readonly now: number; readonly stale: boolean },
): readonly string[] {
  const healthy = stale ? "?" : item.healthy ? "yes" : "NO";
  return [host, item.component, item.name, stateOf(item, now), healthy, expiryOf(item, now)];
}

function stateOf({ state, once, healthy, startedAt, endedAt }: ReportedComponent, now: number): string {
  const since = (time: string | undefined): string => (time === undefined ? "" : ` ${ageText(now - Date.parse(time))}`);
  if (once === true && healthy) return `done${since(endedAt)}`;
  return state === "running" ? `running${since(startedAt)}` : state;
}

function expiryOf({ certificatesExpire }: ReportedComponent, now: number): string {
  if (certificatesExpire === undefined) return "-";
  const leftMs = Date.parse(certificatesExpire) - now;
  const day = certificatesExpire.slice(0, 10);
  return leftMs <= 0 ? `${day} EXPIRED` : `${day} (${ageText(leftMs)})`;
}

function endLine({ certificatesEnd, renewalDue }: Report, now: number): readonly string[] {
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

function nodeLine({ name, ready, kubeletVersion }: NonNullable<Report["node"]>): string {
  const words: Readonly<Record<string, string>> = {
    True: "Ready",
    False: "NOT READY",
    missing: "not registered",
    unreachable: "unknown: the API does not answer",
  };
  const version = kubeletVersion === undefined || kubeletVersion === "" ? "" : `, kubelet ${kubeletVersion}`;
  return `node ${name}: ${words[ready] ?? "NOT READY (its kubelet is silent)"}${version}`;
}

function objectsLine({ appliedBy, manifests, releases }: NonNullable<Report["clusterObjects"]>): string {
  const who = appliedBy === undefined ? "applied by nobody now" : `applied by ${appliedBy}`;
  if (manifests === undefined || releases === undefined) return `cluster objects: ${who}`;
  return `cluster objects: ${who}; manifests in force: ${manifests}, releases: ${releases}`;
}

function problemLine(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const where = [place, problem.path].filter((part) => part !== "").join(": ");
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${where === "" ? "host config" : where}: ${problem.problem}${hint}`;
}

function errorLine({ message, code, details }: NonNullable<Report["error"]>): string {
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

function summaryOf(report: Report, present: Present): string {
  if (report.stoppedSince !== undefined) return resetText(report.stoppedSince);
  const generation = report.generation === undefined ? "" : `, generation ${report.generation}`;
  const cluster = report.cluster === undefined ? "no host config in force" : `cluster ${report.cluster}${generation}`;
  const stale = report.stale === undefined ? "" : `; ${report.stale}`;
  if (report.tick === 0) return `${cluster}${stale}`;
  const done =
    report.result === "working"
      ? `under way: ${underwayText(report, present.now)}`
      : `${report.result} ${ageText(reportAgeMs(report, present))} ago`;
  return `${cluster}; agent ${report.agentVersion}; tick ${report.tick} ${done}${stale}`;
}

function table(cells: readonly (readonly string[])[]): readonly string[] {
  const rows = cells.map((row) => row.map(printableLine));
  const widths = header.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
