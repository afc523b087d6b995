// Killed before, within and after every engine call of a first start, an update, a live change, a run to the end, a
// removal, a change of user and a return, with and without the disruption lock:
// each converges to the same end, with one running container a component at any time and nothing left over.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isFakeCrash } from "#agent/engine/fake/fake-faults.ts";
import type { CrashPoint } from "#agent/engine/fake/fake-faults.ts";
import { prepare } from "#agent/testing/change-scenarios.ts";
import type { Scenario } from "#agent/testing/change-scenarios.ts";
import { config, installed, restarted, signalled, web } from "#agent/testing/container-texts.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { formerOwners, owned } from "#agent/testing/owned-data.ts";
import { assertOneEach, leftoversOf, worldOf } from "#agent/testing/world-of.ts";

const scenarios: readonly Scenario[] = [
  { name: "first start", before: undefined, after: config(web("server:1", "one") + signalled("one")) },
  { name: "update of image and files", before: config(web("server:1", "one")), after: config(web("server:2", "two")) },
  {
    name: "live changes",
    before: config(signalled("one") + restarted("one")),
    after: config(signalled("two") + restarted("two")),
  },
  { name: "removal", before: config(web("server:1", "one") + signalled("one")), after: config(web("server:1", "one")) },
  { name: "a run to the end", before: undefined, after: config(installed("installer:1", "one")) },
  {
    name: "another run to the end",
    before: config(installed("installer:1", "one")),
    after: config(installed("installer:2", "two")),
  },
  {
    name: "return from a broken container",
    before: config(web("server:1", "one")),
    after: config(web("broken:1", "two")),
  },
  {
    name: "update under the disruption lock",
    before: config(web("server:1", "one")),
    after: config(web("server:2", "two")),
    bound: true,
  },
  {
    name: "restart under the disruption lock",
    before: config(restarted("one")),
    after: config(restarted("two")),
    bound: true,
  },
  {
    name: "return under the disruption lock",
    before: config(web("server:1", "one")),
    after: config(web("broken:1", "two")),
    bound: true,
  },
  {
    name: "removal under the disruption lock",
    before: config(web("server:1", "one") + signalled("one")),
    after: config(signalled("one")),
    bound: true,
  },
  { name: "another user", before: owned("server:1", 7, ""), after: owned("server:1", 8, formerOwners) },
  {
    name: "return from another user under the disruption lock",
    before: owned("server:1", 7, ""),
    after: owned("broken:1", 8, formerOwners),
    bound: true,
  },
];

async function converge(host: FakeHost): Promise<void> {
  for (let count = 0; count < 10; count++) {
    const { executions } = await host.tick();
    if (executions.length === 0) return;
    await host.clock.sleep(2000);
  }
  throw new Error("it did not converge in ten ticks");
}

for (const scenario of scenarios)
  describe(`killed at every call: ${scenario.name}`, async () => {
    const reference = await prepare(scenario);
    const callsBefore = reference.engine.calls.length;
    await converge(reference);
    const expected = worldOf(reference);
    const engineCalls = reference.engine.calls.slice(callsBefore).filter((call) => call.mutating).length;
    const count = engineCalls + reference.disruption.calls.length;
    for (const at of ["before", "within", "after"] satisfies readonly CrashPoint[])
      test(`${at} each of ${count} calls`, async () => {
        assert.ok(count > 3);
        for (let n = 1; n <= count; n++) {
          const host = await prepare(scenario);
          host.engine.faults.crashAfter(n, at);
          try {
            await converge(host);
          } catch (error) {
            if (!isFakeCrash(error)) throw error;
          }
          const place = `${scenario.name}, ${at} call ${n}: ${JSON.stringify(host.engine.calls.filter((call) => call.mutating).at(-1))}`;
          assertOneEach(host, place);
          host.engine.faults.clear();
          await host.clock.sleep(100);

          await converge(host);

          assertOneEach(host, place);
          assert.deepEqual(worldOf(host), expected, place);
          assert.deepEqual(leftoversOf(host), [], place);
        }
      });
  });
