import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fleetOf } from "#planner/fleet/fleet.ts";
import type { Carried } from "#planner/fleet/fleet.ts";
import { fleetText } from "#planner/fleet/fleet-text.ts";
import { fleetNow, part, reportOf, reportText, wantedFleet } from "#planner/fleet/testing/build-fleet.ts";
import { fleetPage } from "./fleet-page.ts";

function pageOf(count: number, ...texts: readonly string[]): string {
  const carried: readonly Carried[] = texts.map((text) => ({ file: "r.json", report: reportOf(text) }));
  return fleetPage(fleetOf(wantedFleet(count), { carried }, fleetNow), fleetNow);
}

test("hosts, what to do, who waits for whom, members with their leader and ends of certificates are on it", () => {
  const members = [
    { name: "h1", role: "leader", isWell: true },
    { name: "h2", role: "voter", isWell: false },
  ];
  const waits = { component: "etcd", container: "etcd-h2", code: "waiting", reason: "h1 holds the lock" };
  const page = pageOf(
    3,
    reportText("h1", { etcdMembers: { generation: 4, wished: ["h1", "h2"], members } }),
    reportText("h2", {
      pending: { count: 9, first: ["a", "<b>", "c", "d"] },
      blocked: [waits],
      components: [part("etcd", "etcd-h2", { healthy: false, state: "exited" })],
    }),
  );

  for (const shown of [
    "1 of 3 hosts as they should be",
    "<h3>h3</h3><p>no report of it</p><p><code>on h3: docker exec flexkube-agent flexkube-agent status --json</code></p>",
    '<strong class="wait">h2, etcd-h2</strong>: h1 holds the lock',
    '<strong class="wait">h2</strong>: 9 steps<ul><li>a</li><li>&lt;b&gt;</li><li>c</li></ul>',
    '<span class="good">✔ h1</span> leader',
    '<span class="bad">✘ h2</span> voter',
    '<span class="bad">✘ etcd-h2</span> exited',
    '<rect width="100%" height="100%"/></svg><span class="good">363d</span>',
  ])
    assert.ok(page.includes(shown), shown);
});

test("the table for terminals is its twin in text", () => {
  const carried = [{ file: "r.json", report: reportOf(reportText("h1")) }];
  const fleet = fleetOf(wantedFleet(2), { carried }, fleetNow);

  assert.ok(fleetPage(fleet, fleetNow).includes(`<pre>${fleetText(fleet, fleetNow)}</pre>`));
});

test("nothing of a report is markup, and nothing is asked for elsewhere", () => {
  const nasty = fc.constantFrom(
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "</style><b>",
    "javascript:alert(1)",
    "\u202e<a href=//evil>",
    "&lt;script&gt;",
  );
  fc.assert(
    fc.property(nasty, nasty, nasty, (one, two, three) => {
      const page = pageOf(
        1,
        reportText("h1", {
          agentVersion: one,
          result: two,
          components: [part(three, one, { healthy: false, reason: two, state: three })],
          blocked: [{ component: one, container: two, code: three, reason: one }],
          etcdMembers: { generation: 1, wished: [], members: [{ name: two, role: three, isWell: true }] },
        }),
      );
      const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/g)].map(([, name]) => name));
      for (const tag of ["script", "img", "a", "b", "link", "iframe", "object", "form", "input"])
        assert.ok(!tags.has(tag), tag);
      assert.doesNotMatch(page, /<[^>]*\s(on[a-z]+|src|href|action)=/);
      assert.doesNotMatch(page, /url\(|@import|\u202e/);
    }),
  );
});
