// How old a report is, whatever was done to the wall clock, and when that means something.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildReport } from "#agent/testing/build-report.ts";
import { failingTooLongMs, reportAgeMs, stalenessOf } from "./report-age.ts";

const written = Date.parse(buildReport().writtenAt);
const boot = { id: "one", uptimeMs: () => 500_000 };

test("age is that of the boot's own clock, so that a clock that is set changes nothing", () => {
  const report = buildReport({ boot: { id: "one", uptimeMs: 460_000 } });

  for (const jump of [-86_400_000, 0, 86_400_000])
    assert.equal(reportAgeMs(report, { now: written + jump, boot }), 40_000);
  assert.equal(reportAgeMs(buildReport(), { now: written + 7000, boot }), 7000);
});

test("a report of another boot is stale at once, one of an agent that is gone after three intervals", () => {
  const report = buildReport({ boot: { id: "zero", uptimeMs: 460_000 } });
  const old = buildReport({ boot: { id: "one", uptimeMs: 319_999 } });

  assert.match(stalenessOf(report, { now: written, boot }) ?? "", /the host was started anew/);
  assert.match(stalenessOf(old, { now: written, boot }) ?? "", /the report is OLD/);
  assert.equal(
    stalenessOf({ ...old, result: "working" }, { now: written, boot }),
    "the report is OLD: is the agent running?",
  );
  assert.equal(stalenessOf(buildReport(), { now: written + 180_000, boot }), undefined);
});

test("a boot younger than the report's is another one where the kernel tells no boots apart", () => {
  const report = buildReport({ boot: { id: "", uptimeMs: 460_000 } });
  const after = (uptimeMs: number) => stalenessOf(report, { now: written, boot: { id: "", uptimeMs: () => uptimeMs } });

  assert.match(after(5000) ?? "", /the host was started anew/);
  assert.equal(after(470_000), undefined);
});

test("ticks fail too long when they have for more than three intervals", () => {
  const report = buildReport({ result: "failed", failingForMs: 100_000 });

  assert.equal(failingTooLongMs(report, { now: written + 80_000 }), undefined);
  assert.equal(failingTooLongMs(report, { now: written + 80_001 }), 180_001);
  assert.equal(failingTooLongMs(buildReport(), { now: written + 999_000 }), undefined);
});
