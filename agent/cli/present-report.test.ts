// What a report says of a container that has begun anew since: nothing of its health or age is from before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { engineTimeout } from "#agent/engine/errors.ts";
import { ownershipLabels } from "#agent/engine/labels.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import type { Report, ReportedComponent } from "#agent/report/report.ts";
import { wallTime } from "#shared/clock.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { withoutPresentStates, withPresentStates } from "./present-report.ts";

const { signal } = new AbortController();

async function running(): Promise<{ readonly engine: FakeEngine; readonly clock: FakeClock; readonly now: number }> {
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock });
  engine.program("server:1", () => ({}));
  const labels = ownershipLabels({
    cluster: "demo",
    host: "h1",
    component: "etcd",
    container: "etcd-h1",
    specHash: "0".repeat(64),
    start: "",
  });
  const spec = plainSpec({ image: "server:1" });
  await engine.start(await engine.create({ name: "etcd-h1", spec, labels, restart: "always", resources: {} }));
  return { engine, clock, now: wallTime(clock).epochMs };
}

/** A report of so many milliseconds after the container's present start. */
function writtenAfter(startMs: number, ms: number, changes: Partial<Report> = {}): Report {
  return buildReport({
    components: [buildComponent()],
    writtenAt: new Date(startMs + ms).toISOString(),
    ...changes,
  });
}

async function shown(report: Report, engine: FakeEngine, now: number): Promise<ReportedComponent | undefined> {
  return (await withPresentStates(report, engine, { now, signal })).components[0];
}

test("a container that runs since before the report keeps its health", async () => {
  const { engine, now } = await running();

  assert.equal((await shown(writtenAfter(now, 1000), engine, now + 2000))?.healthy, true);
});

test("one that was started since the report has no health of before, and the age of its present start", async () => {
  const { engine, now } = await running();

  const component = await shown(writtenAfter(now, -1), engine, now + 4000);

  assert.deepEqual([component?.state, component?.healthy], ["running", false]);
  assert.match(component?.reason ?? "", /^started since the last report/);
  assert.equal(component?.startedAt, new Date(now).toISOString());
});

test("a clock that was set back since the start makes no container a new one", async () => {
  const { engine, now } = await running();

  assert.equal((await shown(writtenAfter(now, -5000), engine, now - 4000))?.healthy, true);
});

test("one that the engine does not tell of has neither health nor age", async () => {
  const { engine, now } = await running();
  engine.faults.fail("inspect", engineTimeout("inspect", 1));

  const component = await shown(writtenAfter(now, 1000), engine, now + 2000);

  assert.deepEqual([component?.state, component?.healthy, component?.startedAt], ["running", false, undefined]);
});

test("without the engine a stale report tells no age", () => {
  const report = writtenAfter(0, 0);

  assert.equal(withoutPresentStates(report).components[0]?.startedAt, buildComponent().startedAt);
  assert.equal(withoutPresentStates({ ...report, stale: "old" }).components[0]?.startedAt, undefined);
});
