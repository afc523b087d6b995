import assert from "node:assert/strict";
import { test } from "node:test";
import { careLine, careWarnings } from "./etcd-care-text.ts";

const now = Date.UTC(2026, 10, 29);
const quotaBytes = 2_000_000_000;
const data = { quotaBytes, sizeBytes: 14_000_000, inUseBytes: 9_000_000, alarms: [] };

test("the data is told with its quota, what was done and when, and what is waited for", () => {
  assert.equal(careLine({ quotaBytes, alarms: [] }, now), "etcd data: not asked yet");
  assert.match(careLine(data, now), /^etcd data 14\.0 MB, 9\.0 MB in use, of at most 2\.00 GB$/);
  const done = {
    ...data,
    defragmentedAt: "2026-11-26T00:00:00Z",
    disarmedAt: "2026-11-28T00:00:00Z",
    waits: "h2 first",
  };
  assert.match(careLine(done, now), /; defragmented 3d0h ago; NOSPACE disarmed 1d0h ago; waits: h2 first$/);
});

test("a quota that is nearly used up is a warning, unless more is told", () => {
  assert.deepEqual(careWarnings(data), []);
  const full = { ...data, inUseBytes: 0.9 * quotaBytes };
  assert.match(
    careWarnings(full).join(),
    /1\.80 GB of 2\.00 GB are in use: remove keys, or raise etcd\.quotaBackendBytes/,
  );
  assert.deepEqual(careWarnings({ ...full, told: "alarm", problem: "no answer" }), [
    "etcd: alarm",
    "etcd care: no answer",
  ]);
});
