import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake-clock.ts";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { buildReport } from "#agent/testing/build-report.ts";
import type { Report } from "#agent/report/report.ts";
import { runHealthcheck } from "./healthcheck-command.ts";

async function check(report: Report | undefined, ageMs: number): Promise<readonly [number, string]> {
  const store = createMemoryState();
  if (report !== undefined) await store.writeReport(report);
  const lines: string[] = [];
  const clock = new FakeClock({ now: Date.UTC(2026, 0, 1) + ageMs });
  const code = await runHealthcheck({ store, clock, print: (line) => lines.push(line) });
  return [code, lines.join("\n")];
}

test("the agent is healthy while its report is younger than ten minutes, whatever it says", async () => {
  assert.deepEqual(await check(buildReport({ result: "failed" }), 600_000), [0, "healthy: last report 10m0s ago"]);
  assert.deepEqual(await check(buildReport(), 600_001), [1, "unhealthy: last report 10m0s ago"]);
});

test("with long intervals three of them may pass", async () => {
  const report = buildReport({ intervalMs: 3_600_000 });

  assert.equal((await check(report, 3 * 3_600_000))[0], 0);
  assert.equal((await check(report, 3 * 3_600_000 + 1))[0], 1);
});

test("without a report the agent is not healthy", async () => {
  assert.deepEqual(await check(undefined, 0), [1, "unhealthy: there is no report"]);
});
