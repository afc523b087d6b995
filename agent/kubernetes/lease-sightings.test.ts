// How long a Lease has not been renewed, over processes, boots and clocks that are set.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeptSightings } from "#agent/report/kept-sightings.ts";
import { createSightings } from "./lease-sightings.ts";

const leaseMs = 60_000;

/** A process that began when the boot was `uptime` old, by a clock that showed anything. */
function processAt(
  uptime: number,
  more: { readonly wall?: number; readonly boot?: string; readonly before?: unknown },
) {
  const host = { uptime };
  const begun = (more.wall ?? 1_700_000_000_000) - uptime;
  const boot = { id: more.boot ?? "b1", uptimeMs: () => host.uptime };
  // as a JSON file would give it back
  const before = more.before === undefined ? undefined : (JSON.parse(JSON.stringify(more.before)) as KeptSightings);
  return { host, sightings: createSightings({ now: () => begun + host.uptime }, { boot, before }) };
}

test("one process after the other sees that nobody renews, whatever the clock shows", () => {
  for (const wall of [0, 1_700_000_000_000, 4_070_908_800_000]) {
    const first = processAt(1000, {});
    assert.equal(first.sightings.of("a").isAlive("v1", leaseMs), true);
    const early = processAt(60_999, { wall, before: first.sightings.kept() });
    const late = processAt(61_000, { wall, before: first.sightings.kept() });

    assert.equal(early.sightings.of("a").isAlive("v1", leaseMs), true);
    assert.equal(early.sightings.kept(), undefined);
    assert.equal(late.sightings.of("a").isAlive("v1", leaseMs), false);
  }
});

test("a renewal begins a new lease, and one Lease says nothing of another", () => {
  const first = processAt(1000, {});
  first.sightings.of("a").isAlive("v1", leaseMs);
  const before = first.sightings.kept();

  const second = processAt(200_000, { before });

  assert.equal(second.sightings.of("a").isAlive("v2", leaseMs), true);
  assert.equal(second.sightings.of("b").isAlive("v1", leaseMs), true);
  second.host.uptime += leaseMs;
  assert.equal(second.sightings.of("a").isAlive("v2", leaseMs), false);
});

test("what another boot has seen, or what lies ahead, counts for nothing", () => {
  const first = processAt(500_000, {});
  first.sightings.of("a").isAlive("v1", leaseMs);
  const before = first.sightings.kept();

  for (const next of [
    processAt(900_000, { before, boot: "b2" }),
    processAt(900_000, { before, boot: "" }),
    processAt(400_000, { before }),
  ])
    assert.equal(next.sightings.of("a").isAlive("v1", leaseMs), true);
});

test("where the kernel names no boot nothing is kept", () => {
  const { sightings } = processAt(1000, { boot: "" });
  sightings.of("a").isAlive("v1", leaseMs);

  assert.equal(sightings.kept(), undefined);
});
