// What `status --exit-code` says: the first thing that is not as it should be.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "#agent/report/report.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { outcomeOf } from "./status-outcome.ts";
import type { Seen } from "./status-outcome.ts";

const now = Date.parse("2026-01-01T00:02:00Z");
const inForce = { problems: [], pending: false };

function outcome(changes: Partial<Report>, seen: Partial<Seen> = {}): readonly [number, string] {
  const report = buildReport({ components: [buildComponent()], ...changes });
  const { exitCode, reason } = outcomeOf({ report, delivered: inForce, engineAnswers: true, now, ...seen });
  return [exitCode, reason];
}

test("a host whose components are healthy under the given config is 0", () => {
  assert.deepEqual(outcome({}), [0, "healthy"]);
  assert.deepEqual(outcome({ result: "changed", node: { name: "h1", ready: "True" } }), [0, "healthy"]);
});

test("whatever is not well is 70 with its reason", () => {
  const ill = buildComponent({ healthy: false, reason: "its probe does not hold" });
  const blocked = [{ component: "etcd", container: "etcd-h1", code: "rejected", reason: "it did not work" }];
  const underway = { step: "fetch image web:1 (missing)", since: "2026-01-01T00:00:00Z", detail: "1 of 7 layers" };
  const rows: readonly (readonly [Partial<Report>, string])[] = [
    [{ components: [ill] }, "etcd-h1: its probe does not hold"],
    [{ blocked, result: "failed" }, "etcd-h1: it did not work"],
    [{ result: "locked" }, "the last tick ended as locked"],
    [{ stale: "the report is OLD" }, "the report is OLD"],
    [{ stoppedSince: "2026-01-01T00:00:00Z", result: "stopped" }, "the host was reset"],
    [{ node: { name: "h1", ready: "False" } }, "node h1 is not ready"],
    [{ result: "working", underway }, "fetch image web:1 (missing) since 2m0s: 1 of 7 layers"],
  ];

  for (const [changes, reason] of rows) assert.deepEqual(outcome(changes), [70, reason]);
  assert.equal(outcomeOf({ report: undefined, delivered: inForce, engineAnswers: true, now }).exitCode, 70);
});

test("a given config that is not in force is 65, however the components are", () => {
  const refused = { problems: [{ path: "host", problem: "it is h2's" }], pending: false };

  assert.deepEqual(outcome({}, { delivered: refused }), [65, "the given host config is not in force: it is h2's"]);
  assert.equal(outcome({}, { delivered: { problems: [], pending: true } })[0], 65);
});

test("an engine that does not answer is 69 before all", () => {
  assert.equal(outcome({}, { engineAnswers: false, delivered: { problems: [], pending: true } })[0], 69);
});
