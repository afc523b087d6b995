import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { fileSeconds } from "./file-seconds.ts";
import type { TestEvent } from "./test-event.ts";

const begun = (file: string): TestEvent => ({ type: "test:dequeue", data: { name: file, file: resolve(file) } });
const ended = (name: string, file: string, ms: number, type = "test"): TestEvent => ({
  type: "test:complete",
  data: { name, file: resolve(file), details: { duration_ms: ms, type } },
});

async function printed(events: readonly TestEvent[], busy: readonly number[]): Promise<string> {
  const chunks: string[] = [];
  const left = [...busy];
  let all = 0;
  const processors = () => ({ busy: left.shift() ?? 0, all: (all += 1000) });
  for await (const chunk of fileSeconds(ReadableStream.from(events), processors)) chunks.push(chunk);
  return chunks.join("");
}

test("files are told with their seconds and how busy the machine was, the longest first and short ones as one, then the slowest tests", async () => {
  const text = await printed(
    [
      begun("a/one.test.ts"),
      ended("what it does", "a/one.test.ts", 2100),
      begun("b/two.test.ts"),
      ended("all that it does", "a/one.test.ts", 999_999, "suite"),
      ended("a/one.test.ts", "a/one.test.ts", 2500),
      ended("what it does not", "b/two.test.ts", 60_000),
      ended("b/two.test.ts", "b/two.test.ts", 61_040),
      ended("c/three.test.ts", "c/three.test.ts", 300),
      ended("c/four.test.ts", "c/four.test.ts", 200),
      { type: "test:diagnostic", data: { file: resolve("b/two.test.ts") } },
    ],
    [0, 100, 200, 1100, 1200, 1250, 1300, 3500],
  );

  assert.equal(
    text,
    "\nSeconds by file, and how busy the processors were:\n" +
      "    61.0   50 %  b/two.test.ts\n     2.5   50 %  a/one.test.ts\n     0.5  in 2 other files\n    64.0   50 %  in all 4 files\n" +
      "\nThe slowest tests:\n    60.0  b/two.test.ts: what it does not\n     2.1  a/one.test.ts: what it does\n",
  );
});

const within = (nesting: number, event: TestEvent): TestEvent => ({ ...event, data: { ...event.data, nesting } });

test("files that share a process are told with the seconds of their tests, and what they share is not", async () => {
  const text = await printed(
    [
      within(1, ended("in a suite", "a/one.test.ts", 2400)),
      within(0, ended("a suite", "a/one.test.ts", 2500, "suite")),
      within(0, ended("what it does", "a/one.test.ts", 500)),
      within(0, ended("what it does not", "b/two.test.ts", 4000)),
      ended("all-tests.ts", "all-tests.ts", 9000),
    ],
    [0, 500, 1000],
  );

  assert.equal(
    text,
    "\nSeconds by file, and how busy the processors were:\n" +
      "     4.0  b/two.test.ts\n     3.0  a/one.test.ts\n     7.0   50 %  in all 2 files\n" +
      "\nThe slowest tests:\n     4.0  b/two.test.ts: what it does not\n     2.4  a/one.test.ts: in a suite\n     0.5  a/one.test.ts: what it does\n",
  );
});
