// The event log as a person reads it. Pure; `--json` prints the events themselves.
import { columnWidths, printableLine, rowsText } from "#shared/printable.ts";
import type { HostEvent } from "./host-event.ts";

/** Last lines of output that are shown; the log has up to fifty. */
const shownLines = 3;

/** A row for each event, oldest first: when, which container, what, and why; below it the last words of one that failed. */
export function printEvents(events: readonly HostEvent[]): string {
  const rows = events.map((event) => [timeText(event.at), event.container, event.kind].map(printableLine));
  const widths = columnWidths(rows);
  return rowsText(
    events.flatMap((event, index) => {
      const cells = (rows[index] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0));
      return [`${cells.join("  ")}  ${whyText(event)}`, ...lastLines(event).map((line) => `    | ${line}`)];
    }),
  );
}

/** Whole seconds: the order is that of the lines. */
export function timeText(at: string): string {
  return at.replace(/\.[0-9]+Z$/, "Z");
}

/** Its cause, and how a program ended. */
export function whyText({ cause, exitCode }: HostEvent): string {
  return exitCode === undefined ? cause : `${cause} (exit code ${exitCode})`;
}

function lastLines({ output }: HostEvent): readonly string[] {
  const lines = (output ?? "").split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-shownLines);
}

/** Those of a component or a container, and not older. Undefined takes all. */
export function selectEvents(
  events: readonly HostEvent[],
  { name, since }: { readonly name: string | undefined; readonly since: number | undefined },
): readonly HostEvent[] {
  return events.filter(
    ({ component, container, at }) =>
      (name === undefined || component === name || container === name) &&
      (since === undefined || Date.parse(at) >= since),
  );
}

/** Each name that `selectEvents` may be asked for, sorted. */
export function namesIn(events: readonly Pick<HostEvent, "component" | "container">[]): readonly string[] {
  return [...new Set(events.flatMap(({ component, container }) => [component, container]))].toSorted();
}
