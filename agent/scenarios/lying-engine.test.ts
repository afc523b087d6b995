// An engine that answers something else than what is: what an agent must not do, whatever it is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerDetails } from "#agent/engine/engine.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";
import { config, mutations, one, settledHost } from "#agent/testing/small-servers.ts";

/** What `web` is, is told wrongly so many times. */
function lieAboutWeb({ engine }: FakeHost, lie: Partial<ContainerDetails>, times: number): void {
  const inspect = engine.inspect.bind(engine);
  let left = times;
  engine.inspect = async (...args) => {
    const details = await inspect(...args);
    if (details.image !== "server:1" || (left -= 1) < 0) return details;
    return { ...details, ...lie };
  };
}

test("what an inspect tells otherwise than the list is looked at once more, and nothing is done for it", async () => {
  for (const lie of [{ state: "exited" }, { state: "restarting", restartCount: 9 }, { name: "elsewhere" }]) {
    const host = await settledHost(one("server:1"));
    const before = host.engine.calls.length;
    lieAboutWeb(host, lie, 1);

    const report = await reportOfTick(host);

    assert.deepEqual(mutations(host, before), []);
    assert.equal(report.result, "settled");
  }
});

test("one that is always said to be down is stopped all the same before its successor starts", async () => {
  const host = await settledHost(one("server:1"));
  const { engine } = host;
  lieAboutWeb(host, { state: "exited" }, Number.POSITIVE_INFINITY);
  const start = engine.start.bind(engine);
  engine.start = async (...args) => {
    const running = engine.containers.filter(({ state }) => state === "running").map(({ name }) => name);
    assert.deepEqual(running, []);
    return start(...args);
  };
  host.give(config(one("server:2")));

  await host.tick();

  const images = engine.containers.filter(({ state }) => state === "running").map(({ image }) => image);
  assert.deepEqual(images, ["server:2"]);
});
