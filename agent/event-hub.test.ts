// Which events are hints: those of containers that an agent made, not of copies of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { createEventHub } from "./event-hub.ts";
import { one, settledHost } from "./testing/small-servers.ts";

test("a container that has our labels from its image brings no tick, however often it dies", async () => {
  const host = await settledHost(one("server:1"));
  const { labels } = await host.engine.inspect("web");
  host.engine.images.label("copied:1", labels);
  const spec = plainSpec({ image: "copied:1", networkMode: "bridge", labels });
  await host.engine.create({ name: "copy", spec, labels: {}, restart: "no", resources: {} });
  const { imageLabels } = await host.newAgent();
  const end = new AbortController();
  const hub = createEventHub(host.engine, { clock: host.clock, log: pino({ level: "silent" }), imageLabels });
  const run = hub.run(end.signal);

  for (let count = 0; count < 3; count++) {
    await host.engine.start("copy");
    await host.engine.kill("copy", "KILL");
  }
  await host.engine.kill("web", "KILL");
  await hub.hint(0, end.signal);
  await host.clock.sleep(10);
  const told = hub.count();
  end.abort();
  await run;

  assert.equal(told, 1);
});
