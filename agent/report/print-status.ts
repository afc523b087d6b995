// The report as `status` shows it to a person. Pure; `--json` prints the report itself.
import { rowsText } from "#shared/printable.ts";
import { tableLines } from "#shared/text-table.ts";
import { backupLine } from "./etcd-backup-text.ts";
import { careLine } from "./etcd-care-text.ts";
import { membersLine } from "./etcd-members-text.ts";
import type { Present } from "./report-age.ts";
import type { Report, ReportedComponent } from "./report.ts";
import {
  endLine,
  errorLine,
  expiryOf,
  isTold,
  nodeLine,
  objectsLine,
  pendingLines,
  problemLine,
  sortedComponents,
  sourceLine,
  stateOf,
  summaryOf,
} from "./status-words.ts";

const header = ["CONTAINER", "STATE", "HEALTHY", "CERTIFICATES"];

/** A table of components, what is wrong below it, and last how old all this is. Ends with a newline. */
export function printStatus(report: Report | undefined, present: Present): string {
  if (report === undefined)
    return "no report yet, and no container of ours is known: the agent has not begun a tick on this host\n";
  const { now } = present;
  const sorted = sortedComponents(report);
  const rows = sorted.map((item) => rowOf(item, { now, stale: report.stale !== undefined }));
  const sections = [
    rows.length === 0 ? ["no components"] : tableLines(rows, { header }),
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
    pendingLines(report),
    (report.sources ?? []).map(sourceLine),
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

function rowOf(
  item: ReportedComponent,
  { now, stale }: { readonly now: number; readonly stale: boolean },
): readonly string[] {
  const healthy = stale ? "?" : item.healthy ? "yes" : "NO";
  return [nameOf(item), stateOf(item, now), healthy, expiryOf(item, now)];
}

/** Most containers begin with what they are of. */
function nameOf({ name, component }: ReportedComponent): string {
  return name.startsWith(component) ? name : `${name} (${component})`;
}
