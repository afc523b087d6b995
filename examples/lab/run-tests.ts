// `run-tests [--concurrency N] GLOB...`: runs test files with Node's runner, the long ones first, prints its report and at the end how
// many seconds each took, and fails a file whose process does not end although its tests have.
import { globSync, statSync } from "node:fs";
import process from "node:process";
import { PassThrough, Readable } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";
import { endWatch } from "./end-watch.ts";
import { fileSeconds } from "./file-seconds.ts";
import type { TestEvent } from "./test-event.ts";
import { inGoodOrder } from "./test-order.ts";

/** How long a process may take to end after the last of its tests. */
const endMs = 60_000;

const { values, positionals } = parseArgs({
  options: { concurrency: { type: "string", default: "1" } },
  allowPositionals: true,
});
const files = inGoodOrder(globSync(positionals, { exclude: ["**/node_modules/**"] }), (file) => statSync(file).size);
if (files.length === 0) {
  process.stderr.write(`run-tests: no file is called ${positionals.join(" or ")}\n`);
  process.exit(64);
}
const broken = new AbortController();
const watch = endWatch(endMs, (file) => {
  process.stderr.write(
    `run-tests: FAILED: the tests of ${file} have ended, its process has not: something of it is open (process.getActiveResourcesInfo())\n`,
  );
  process.exitCode = 1;
  broken.abort();
});
// whoever ends the run ends its tests, which would hold their hosts
for (const ending of ["SIGINT", "SIGTERM"] as const)
  process.once(ending, () => {
    process.stderr.write(`run-tests: FAILED: ended by ${ending}\n`);
    process.exitCode = 1;
    broken.abort();
  });
const events = run({ files, concurrency: Number(values.concurrency), signal: broken.signal });
events.on("data", (event: TestEvent) => {
  watch(event);
  if (event.type === "test:fail") process.exitCode = 1;
});
events.pipe(new spec()).pipe(process.stdout);
Readable.from(fileSeconds(events.pipe(new PassThrough({ objectMode: true })))).pipe(process.stdout);
