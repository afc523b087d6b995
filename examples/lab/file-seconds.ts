// A reporter for Node's test runner: how many seconds each file took, the longest first, once all have ended.
import { relative, resolve } from "node:path";
import process from "node:process";

/** What this needs of the runner's events: a file ends as a test that is named after it. */
export type TestEvent = {
  readonly type: string;
  readonly data?: {
    readonly name?: string;
    readonly file?: string;
    readonly details?: { readonly duration_ms?: number };
  };
};

/** Files that took less are one row. */
const leastSeconds = 2;

/** Rows of `seconds  file`, and the sum of all. */
export default async function* fileSeconds(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: { readonly file: string; readonly seconds: number }[] = [];
  for await (const { type, data: { name, file, details } = {} } of events)
    if (type === "test:complete" && name !== undefined && file !== undefined && resolve(name) === file)
      files.push({ file: relative(process.cwd(), file), seconds: (details?.duration_ms ?? 0) / 1000 });
  const longest = files.filter(({ seconds }) => seconds >= leastSeconds).toSorted((a, b) => b.seconds - a.seconds);
  const others = files.filter(({ seconds }) => seconds < leastSeconds);
  const rows = [
    ...longest,
    ...(others.length === 0 ? [] : [{ file: `in ${others.length} other files`, seconds: sum(others) }]),
    { file: `in all ${files.length} files`, seconds: sum(files) },
  ];
  yield `\nSeconds by file:\n${rows.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(8)}  ${file}\n`).join("")}`;
}

function sum(files: readonly { readonly seconds: number }[]): number {
  return files.reduce((total, { seconds }) => total + seconds, 0);
}
