// A reporter for Node's test runner: how many seconds each file took, the longest first, and the slowest tests, once all have ended.
import { relative, resolve } from "node:path";
import process from "node:process";

/** What this needs of the runner's events: a file ends as a test that is named after it. */
export type TestEvent = {
  readonly type: string;
  readonly data?: {
    readonly name?: string;
    readonly file?: string;
    readonly details?: { readonly duration_ms?: number; readonly type?: string };
  };
};

/** Files that took less are one row. */
const leastSeconds = 2;
const slowestTests = 10;

type Row = { readonly what: string; readonly seconds: number };

/** Rows of `seconds  file` with the sum of all, then those of the slowest tests. */
export default async function* fileSeconds(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: Row[] = [];
  const tests: Row[] = [];
  for await (const { type, data: { name, file, details } = {} } of events) {
    if (type !== "test:complete" || name === undefined || file === undefined) continue;
    const seconds = (details?.duration_ms ?? 0) / 1000;
    const path = relative(process.cwd(), file);
    // a file ends as a test that is named after it
    if (resolve(name) === file) files.push({ what: path, seconds });
    else if (details?.type !== "suite") tests.push({ what: `${path}: ${name}`, seconds });
  }
  const longest = files.filter(({ seconds }) => seconds >= leastSeconds).toSorted(slowerFirst);
  const others = files.filter(({ seconds }) => seconds < leastSeconds);
  const rows = [
    ...longest,
    ...(others.length === 0 ? [] : [{ what: `in ${others.length} other files`, seconds: sum(others) }]),
    { what: `in all ${files.length} files`, seconds: sum(files) },
  ];
  yield `\nSeconds by file:\n${textOf(rows)}\nThe slowest tests:\n${textOf(tests.toSorted(slowerFirst).slice(0, slowestTests))}`;
}

function slowerFirst(a: Row, b: Row): number {
  return b.seconds - a.seconds;
}

function textOf(rows: readonly Row[]): string {
  return rows.map(({ what, seconds }) => `${seconds.toFixed(1).padStart(8)}  ${what}\n`).join("");
}

function sum(files: readonly { readonly seconds: number }[]): number {
  return files.reduce((total, { seconds }) => total + seconds, 0);
}
