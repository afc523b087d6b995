// What is told to people, and compared with what others wrote, goes by what the machine's clock shows at that moment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateDates } from "#agent/report/certificates-end.ts";
import { printStatus } from "#agent/report/print-status.ts";
import type { Report } from "#agent/report/report.ts";
import { runTick } from "#agent/tick/run-tick.ts";
import { hostWith, stepsOf } from "#agent/testing/cluster-objects-host.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { helmMs } from "#agent/testing/fake-tools.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";
import { tick } from "#agent/tick/tick.ts";

const day = 86_400_000;

for (const days of [400, -400]) {
  test(`Helm is left to its work when the clock jumps by ${days} days before and after its start, and settled when it has ended`, async () => {
    const host = hostWith({ releases: { web: { values: { a: 1 } } } });
    const agent = await host.newAgent();
    host.clock.setBy(days * day);
    const started = await stepsOf(host, agent);
    const before = await tick(agent, new AbortController().signal);
    host.clock.setBy(days * day);
    const atWork = await tick(agent, new AbortController().signal);
    await host.clock.sleep(helmMs);

    assert.deepEqual(started, ["install release web in apps (not installed yet)"]);
    for (const { plan } of [before, atWork]) assert.equal(plan?.blocked[0]?.reason, "helm is at work on its install");
    assert.deepEqual(await stepsOf(host, agent), [
      "settle the install of release web (helm has ended, or should have)",
    ]);
  });

  test(`reports, events and steps under way have the time of the clock that jumped by ${days} days`, async () => {
    const host = createFakeHost({ "server:1": () => ({}) });
    host.give(`version: 1
cluster: c
host: h1
components:
  first: { image: "server:1" }
`);
    const agent = await host.newAgent();
    host.clock.setBy(days * day);
    const begun = host.clock.wall().epochMs;
    const told: Report[] = [];
    const signal = new AbortController().signal;
    const onProgress = (report: Report): void => void told.push(report);
    const about = { agent, version: "test", signal, onReport: () => undefined, onProgress };
    await runTick(about, { count: 1, before: undefined });

    const since = told.map(({ underway }) => Date.parse(underway?.since ?? ""));
    const events = (await host.state.readEvents(50)).map(({ at }) => Date.parse(at));
    assert.notDeepEqual([since, events], [[], []]);
    for (const at of [...since, ...events]) assert.ok(at >= begun && at <= host.clock.wall().epochMs, String(at));
  });
}

test("a certificate that has ended by the machine's clock is told, and no longer when that is set right", async () => {
  const host = hostWith({});
  const agent = await host.newAgent();
  const { config: given } = await agent.load(new AbortController().signal);
  const end = Date.parse(certificateDates(given).end ?? "");
  host.clock.setBy(end - host.clock.now() + day);
  const ended = await reportOfTick(host, { agent });
  const shown = printStatus(ended, { now: host.clock.wall().epochMs });
  host.clock.setBy(-100 * day);
  const right = await reportOfTick(host, { agent });

  assert.match(ended.warnings.join("\n"), /a certificate of this host has ended/);
  assert.match(shown, /a certificate ended at/);
  assert.doesNotMatch(right.warnings.join("\n"), /certificate/);
});
