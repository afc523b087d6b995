// The report as `status` shows it to a person. Pure; `--json` prints the report itself.
import type { Problem } from "#shared/errors.ts";
import { ageText } from "./age-text.ts";
import { isReportOld, reportAgeMs } from "./report-age.ts";
import type { Report, ReportedComponent } from "./report.ts";

const header = ["HOST", "COMPONENT", "CONTAINER", "STATE", "HEALTHY", "CERTIFICATES"];

/** A table of components, what is wrong below it, and last how old all this is. Ends with a newline. */
export function printStatus(report: Report | undefined, options: { readonly now: number }): string {
  if (report === undefined) return "no report yet: the agent has not finished a tick on this host\n";
  const { now } = options;
  const host = report.host ?? "?";
  const sorted = report.components.toSorted((a, b) => compare(a.component, b.component) || compare(a.name, b.name));
  const rows = sorted.map((item) => rowOf(item, host, now));
  const sections = [
    rows.length === 0 ? ["no components"] : table([header, ...rows]),
    sorted
      .filter((item) => item.reason !== undefined && !isTold(item, report))
      .map((item) => `${item.name}: ${item.reason ?? ""}`),
    [
      ...(report.node === undefined ? [] : [nodeLine(report.node)]),
      ...(report.clusterObjects === undefined ? [] : [objectsLine(report.clusterObjects)]),
    ],
    report.blocked.flatMap((item) => [
      `${item.container}: ${item.code}: ${item.reason}`,
      ...(item.details ?? []).map((line) => `  ${line}`),
    ]),
    report.problems.map(problemLine),
    report.warnings.map((warning) => `warning: ${warning}`),
    report.error === undefined
      ? []
      : [`last tick failed: ${report.error.message} (${report.error.code}) ${report.error.details}`.trimEnd()],
    [summaryOf(report, now)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** What is blocked is told once, with its code. */
function isTold({ container, reason }: ReportedComponent, { blocked }: Report): boolean {
  return blocked.some((item) => item.container === container && item.reason === reason);
}

function rowOf(item: ReportedComponent, host: string, now: number): readonly string[] {
  return [host, item.component, item.name, stateOf(item, now), item.healthy ? "yes" : "NO", expiryOf(item, now)];
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
  const where = [place, problem.path].filter((part) => part !== "").join(" ");
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${where === "" ? "host config" : where}: ${problem.problem}${hint}`;
}

function summaryOf(report: Report, now: number): string {
  const generation = report.generation === undefined ? "" : `, generation ${report.generation}`;
  const cluster = report.cluster === undefined ? "no host config in force" : `cluster ${report.cluster}${generation}`;
  const age = `${ageText(reportAgeMs(report, now))} ago`;
  const old = isReportOld(report, { now, atLeastMs: 0 }) ? "; the report is OLD: is the agent running?" : "";
  return `${cluster}; agent ${report.agentVersion}; tick ${report.tick} ${report.result} ${age}${old}`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
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
