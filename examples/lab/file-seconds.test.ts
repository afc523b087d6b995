import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import fileSeconds, { type TestEvent } from "./file-seconds.ts";

const ended = (name: string, file: string, ms: number, type = "test"): TestEvent => ({
  type: "test:complete",
  data: { name, file: resolve(file), details: { duration_ms: ms, type } },
});

async function printed(events: readonly TestEvent[]): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of fileSeconds(ReadableStream.from(events))) chunks.push(chunk);
  return chunks.join("");
}

test("files are told with their seconds, the longest first and short ones as one, then the slowest tests", async () => {
  const text = await printed([
    ended("a/one.test.ts", "a/one.test.ts", 2500),
    ended("what it does", "a/one.test.ts", 2100),
    ended("all that it does", "a/one.test.ts", 999_999, "suite"),
    ended("what it does not", "b/two.test.ts", 60_000),
    ended("b/two.test.ts", "b/two.test.ts", 61_040),
    ended("c/three.test.ts", "c/three.test.ts", 300),
    ended("c/four.test.ts", "c/four.test.ts", 200),
    { type: "test:diagnostic", data: { file: resolve("b/two.test.ts") } },
  ]);

  assert.equal(
    text,
    "\nSeconds by file:\n    61.0  b/two.test.ts\n     2.5  a/one.test.ts\n     0.5  in 2 other files\n    64.0  in all 4 files\n" +
      "\nThe slowest tests:\n    60.0  b/two.test.ts: what it does not\n     2.1  a/one.test.ts: what it does\n",
  );
});
