// A reporter for Node's test runner: how many seconds each file took, the longest first, how busy the machine was meanwhile, and the
// slowest tests, once all have ended.
import { cpus } from "node:os";
import { relative } from "node:path";
import process from "node:process";
import { isFile, type TestEvent } from "./test-event.ts";

/** Files that took less are one row. */
const leastSeconds = 2;
const slowestTests = 10;

type Row = { readonly what: string; readonly seconds: number; readonly busy?: number };

/** Milliseconds of all processors since the machine started: of any work, and idle too. */
type Processors = { readonly busy: number; readonly all: number };

/**
 * Rows of `seconds  busy  file` with the sum of all, then those of the slowest tests. Busy is the share of the machine's processors
 * that worked while the file ran, for whatever it was: a file with a small share waits, and others may run beside it.
 */
export async function* fileSeconds(
  events: AsyncIterable<TestEvent>,
  processors: () => Processors = processorsNow,
): AsyncGenerator<string> {
  const processes: Row[] = [];
  const sums = new Map<string, number>();
  const tests: Row[] = [];
  const started = new Map<string, Processors>();
  const first = processors();
  for await (const { type, data: { name, file, nesting, details } = {} } of events) {
    if (name === undefined || file === undefined) continue;
    const path = relative(process.cwd(), file);
    const isWhole = isFile(name, file);
    if (isWhole && type === "test:dequeue") started.set(file, processors());
    if (type !== "test:complete") continue;
    const seconds = (details?.duration_ms ?? 0) / 1000;
    if (isWhole) processes.push({ what: path, seconds, busy: shareBetween(started.get(file) ?? first, processors()) });
    else if (nesting === 0) sums.set(path, (sums.get(path) ?? 0) + seconds);
    if (!isWhole && details?.type !== "suite") tests.push({ what: `${path}: ${name}`, seconds });
  }
  const all = shareBetween(first, processors());
  const files = filesOf(processes, sums);
  const longest = files.filter(({ seconds }) => seconds >= leastSeconds).toSorted(slowerFirst);
  const others = files.filter(({ seconds }) => seconds < leastSeconds);
  const rows = [
    ...longest,
    ...(others.length === 0 ? [] : [{ what: `in ${others.length} other files`, seconds: sum(others) }]),
    { what: `in all ${files.length} files`, seconds: sum(files), busy: all },
  ];
  yield `\nSeconds by file, and how busy the processors were:\n${textOf(rows)}\nThe slowest tests:\n${textOf(tests.toSorted(slowerFirst).slice(0, slowestTests))}`;
}

/** A file takes as long as its process. Files that share one, which is no test file then, take as long as their tests. */
function filesOf(processes: readonly Row[], sums: ReadonlyMap<string, number>): readonly Row[] {
  const alone = processes.filter(({ what }) => what.endsWith(".test.ts"));
  if (alone.length === processes.length) return alone;
  const known = new Set(alone.map(({ what }) => what));
  const sharing = [...sums].filter(([path]) => !known.has(path)).map(([what, seconds]) => ({ what, seconds }));
  return [...alone, ...sharing];
}

function slowerFirst(a: Row, b: Row): number {
  return b.seconds - a.seconds;
}

function textOf(rows: readonly Row[]): string {
  return rows.map(({ what, seconds, busy }) => `${seconds.toFixed(1).padStart(8)}  ${percent(busy)}${what}\n`).join("");
}

function percent(share: number | undefined): string {
  return share === undefined ? "" : `${`${Math.round(share * 100)} %`.padStart(5)}  `;
}

function shareBetween(before: Processors, after: Processors): number {
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

function processorsNow(): Processors {
  const times = cpus().map(({ times: { user, nice, sys, irq, idle } }) => ({ busy: user + nice + sys + irq, idle }));
  const busy = times.reduce((total, each) => total + each.busy, 0);
  return { busy, all: times.reduce((total, each) => total + each.idle, busy) };
}

function sum(files: readonly { readonly seconds: number }[]): number {
  return files.reduce((total, { seconds }) => total + seconds, 0);
}
