// The event log as a person reads it. Pure; `--json` prints the events themselves.
import { rowsText } from "#shared/printable.ts";
import { lineLength, tableRows, wrappedLine } from "#shared/text-table.ts";
import type { HostEvent } from "./host-event.ts";

/** Last lines of output that are shown; the log has up to fifty. */
const shownLines = 3;
const margin = "    | ";

/** A row for each event, oldest first: when, which container, what, and why; below it the last words of one that failed. */
export function printEvents(events: readonly HostEvent[], length = lineLength): string {
  const rows = tableRows(
    events.map((event) => [timeText(event.at), event.container, event.kind, whyText(event)]),
    { length },
  );
  return rowsText(rows.flatMap((lines, index) => [...lines, ...lastLines(events[index], length)]));
}

/** Whole seconds: the order is that of the lines. */
export function timeText(at: string): string {
  return at.replace(/\.[0-9]+Z$/, "Z");
}

/** Its cause, and how a program ended. */
export function whyText({ cause, exitCode }: HostEvent): string {
  return exitCode === undefined ? cause : `${cause} (exit code ${exitCode})`;
}

function lastLines(event: HostEvent | undefined, length: number): readonly string[] {
  const lines = (event?.output ?? "").split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-shownLines)
    .flatMap((line) => wrappedLine(line, length - margin.length))
    .map((line) => `${margin}${line}`);
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
