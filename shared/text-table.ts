// Rows as columns that fit a terminal. What is too wide goes on below itself in its own column, so nothing is lost. Pure.
import { columnWidths, printableLine } from "./printable.ts";

/** Characters of a line on the narrowest terminal that tables are made for. */
export const lineLength = 80;

const gap = "  ";
const leastWidth = 8;
/** A word up to this length is broken only where there is no other way. */
const wholeWord = 24;
/** What a first column goes on with, so that it is no row of its own. */
const setIn = "  ";

type TableOptions = { readonly header?: readonly string[]; readonly length?: number };

/** A line for each row that fits, more for one that does not; no column is narrower than its word in the header. */
export function tableLines(rows: readonly (readonly string[])[], options?: TableOptions): readonly string[] {
  return tableRows(rows, options).flat();
}

/** The same row by row, the header first, for a table with something between its rows. */
export function tableRows(
  rows: readonly (readonly string[])[],
  { header, length = lineLength }: TableOptions = {},
): readonly (readonly string[])[] {
  const cells = [...(header === undefined ? [] : [header]), ...rows].map((row) => row.map(printableLine));
  const least = (cells[0] ?? []).map((cell) => Math.max(leastWidth, header === undefined ? 0 : cell.length));
  const words = wordWidths(cells).map((width, column) => Math.max(width, least[column] ?? 0));
  const natural = columnWidths(cells).map((width) => Math.min(width, length));
  const widths = narrowed(narrowed(natural, cells, { least: words, length }), cells, { least, length });
  return cells.map((row) => linesOfRow(row, widths));
}

/** The same text in lines of at most `length`; those after the first are set in a little more than it is. */
export function wrappedLine(line: string, length = lineLength): readonly string[] {
  const [, indent = "", text = ""] = /^( {0,20})(.*)$/s.exec(printableLine(line)) ?? [];
  const further = `${indent}    `;
  return pieces(text, length - indent.length, length - further.length).map(
    (piece, index) => `${index === 0 ? indent : further}${piece}`,
  );
}

/** Cut at its end, which says so. */
export function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Cut in its middle: names of hosts differ at their ends. */
export function shortenedWithin(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.ceil((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}

/** Of the longest word of each column. */
function wordWidths(cells: readonly (readonly string[])[]): readonly number[] {
  return columnWidths(cells.map((row) => row.map((cell) => longestWord(cell)))).map((width) =>
    Math.min(width, wholeWord),
  );
}

function longestWord(text: string): string {
  return text.split(" ").reduce((longest, word) => (word.length > longest.length ? word : longest), "");
}

/** The column whose next character costs least in further lines loses it, until all fit or none can be narrowed. */
function narrowed(
  from: readonly number[],
  cells: readonly (readonly string[])[],
  { least, length }: { readonly least: readonly number[]; readonly length: number },
): readonly number[] {
  const widths = [...from];
  const counts = widths.map((_, column) => lengthsOf(cells, column));
  const cost = (column: number, width: number): number => costOf(counts[column] ?? new Map(), width);
  for (;;) {
    const whole = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
    if (whole <= length) return widths;
    const [next] = widths
      .map((width, column) => ({ column, width, more: cost(column, width - 1) - cost(column, width) }))
      .filter(({ column, width }) => width > (least[column] ?? leastWidth))
      .toSorted((a, b) => a.more - b.more || b.width - a.width);
    if (next === undefined) return widths;
    widths[next.column] = next.width - 1;
  }
}

/** How many cells there are of each length. */
function lengthsOf(cells: readonly (readonly string[])[], column: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const row of cells) {
    const { length } = row[column] ?? "";
    counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  return counts;
}

/** One that is two lines high already costs more to be made three than another costs to be made two. */
function costOf(counts: ReadonlyMap<number, number>, width: number): number {
  let cost = 0;
  for (const [length, count] of counts) cost += count * (Math.ceil(length / Math.max(1, width)) - 1) ** 2;
  return cost;
}

function linesOfRow(row: readonly string[], widths: readonly number[]): readonly string[] {
  const columns = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    if (column > 0) return pieces(cell, width, width);
    return pieces(cell, width, width - setIn.length).map((piece, index) => (index === 0 ? piece : `${setIn}${piece}`));
  });
  const height = columns.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, index) => (column[line] ?? "").padEnd(widths[index] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}

/** At least one, which may be empty. */
function pieces(text: string, first: number, further: number): readonly string[] {
  const all: string[] = [];
  let rest = text;
  let width = first;
  while (rest.length > width) {
    const end = breakIn(rest, width);
    all.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
    width = further;
  }
  return rest === "" && all.length > 0 ? all : [...all, rest];
}

/** After a space where there is one, else behind what parts a name or a path, else anywhere but within a character. */
function breakIn(text: string, width: number): number {
  const space = text.lastIndexOf(" ", width);
  if (space > 0) return space;
  const parted = /^.*[-/,.:=]/s.exec(text.slice(0, width))?.[0].length ?? 0;
  if (parted > width / 3) return parted;
  return isFirstHalf(text.charCodeAt(width - 1)) ? width - 1 : width;
}

function isFirstHalf(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}
