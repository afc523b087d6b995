import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { buildReport } from "#agent/testing/build-report.ts";
import type { Report } from "#agent/report/report.ts";
import { runHealthcheck } from "./healthcheck-command.ts";

async function check(report: Report | undefined, ageMs: number): Promise<readonly [number, string]> {
  const store = createMemoryState();
  if (report !== undefined) await store.writeReport(report);
  const lines: string[] = [];
  const clock = new FakeClock({ now: Date.UTC(2026, 0, 1) + ageMs });
  const code = await runHealthcheck({ store, present: { now: clock.now() }, print: (line) => lines.push(line) });
  return [code, lines.join("\n")];
}

test("the agent is healthy while its report is younger than three minutes", async () => {
  assert.deepEqual(await check(buildReport(), 180_000), [0, "healthy: last report 3m0s ago"]);
  assert.deepEqual(await check(buildReport(), 180_001), [1, "unhealthy: last report 3m0s ago"]);
});

test("it is not once ticks have failed for longer than three intervals, by the last report and its age", async () => {
  const failing = (failingForMs: number): Report => buildReport({ result: "failed", intervalMs: 10_000, failingForMs });

  assert.deepEqual(await check(failing(20_000), 10_000), [0, "healthy: last report 10s ago"]);
  assert.deepEqual(await check(failing(20_000), 10_001), [1, "unhealthy: ticks fail for 30s: failed"]);
  assert.equal((await check(failing(31_000), 0))[0], 1);
});

test("a first tick that takes minutes is healthy while its steps go on", async () => {
  const underway = { step: "fetch image web:1 (missing)", since: "2025-12-31T23:50:00.000Z" };
  const report = buildReport({ result: "working", intervalMs: 1000, underway });

  assert.equal((await check(report, 170_000))[0], 0);
  assert.equal((await check(report, 190_000))[0], 1);
});

test("with long intervals three of them may pass", async () => {
  const report = buildReport({ intervalMs: 3_600_000 });

  assert.equal((await check(report, 3 * 3_600_000))[0], 0);
  assert.equal((await check(report, 3 * 3_600_000 + 1))[0], 1);
});

test("without a report the agent is not healthy", async () => {
  assert.deepEqual(await check(undefined, 0), [1, "unhealthy: there is no report"]);
});

test("a report from before the host was started says nothing of the loop, however young it is", async () => {
  const store = createMemoryState();
  await store.writeReport(buildReport({ boot: { id: "one", uptimeMs: 5000 } }));
  const lines: string[] = [];
  const present = { now: Date.UTC(2026, 0, 1) + 19_000, boot: { id: "two", uptimeMs: () => 9000 } };

  const code = await runHealthcheck({ store, present, print: (line) => lines.push(line) });

  assert.deepEqual([code, ...lines], [1, "unhealthy: last report 19s ago, before the host was started"]);
});

test("a loop that stands by is not healthy, whatever the report in its directory says", async () => {
  const store = createMemoryState();
  await store.writeReport(buildReport());
  const lines: string[] = [];
  const present = { now: Date.UTC(2026, 0, 1) };

  const code = await runHealthcheck({
    store,
    present,
    standsBy: "another one works",
    print: (line) => lines.push(line),
  });

  assert.deepEqual([code, ...lines], [1, "unhealthy: another one works"]);
});
