// Which events are hints: those of containers that an agent made, not of copies of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { Engine } from "#agent/engine/engine.ts";
import { engineRefused, engineUnreachable } from "#agent/engine/errors.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { createEventHub } from "./event-hub.ts";
import { createImageLabels } from "#agent/self/image-labels.ts";
import { one, settledHost } from "#agent/testing/small-servers.ts";

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

type Events = Engine["events"];

/** Ends only by the signal. */
async function forever(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** How often the stream was asked for and how many hints there were, after a time. */
async function hubOf(events: Events, ms: number): Promise<{ readonly asked: number; readonly hints: number }> {
  const clock = new FakeClock({ auto: true });
  let asked = 0;
  const engine = Object.assign(new FakeEngine({ clock }), {
    events: (...options: Parameters<Events>) => {
      asked += 1;
      return events(...options);
    },
  });
  const log = pino({ level: "silent" });
  const hub = createEventHub(engine, { clock, log, imageLabels: createImageLabels(engine) });
  const end = new AbortController();
  const run = hub.run(end.signal);
  await clock.sleep(ms);
  end.abort();
  await run;
  return { asked, hints: hub.count() };
}

const unreachable = engineUnreachable("events", "nothing listens on the engine's socket");

test("while the engine is down no tick is asked for, and its return is seen at once", async () => {
  let isDown = true;
  const events: Events = async function* (options) {
    if (isDown) throw unreachable;
    options?.onOpen?.();
    await forever(options?.signal);
    yield* [];
  };

  const down = await hubOf(events, 3_600_000);
  assert.equal(down.hints, 0);
  assert.ok(down.asked > 3000, String(down.asked));
  let count = 0;
  const back = await hubOf(async function* (options) {
    count += 1;
    isDown = count < 600;
    yield* events(options);
  }, 601_000);

  assert.equal(back.hints, 1);
});

const spoiled: Readonly<Record<string, Events>> = {
  "ends as soon as it is open": async function* (options) {
    options?.onOpen?.();
    yield* [];
  },
  "is cut as soon as it is open": async function* (options) {
    options?.onOpen?.();
    yield* [];
    throw unreachable;
  },
  "is no JSON": async function* (options) {
    options?.onOpen?.();
    yield* [];
    throw new SyntaxError("Unexpected token");
  },
  "is refused": async function* () {
    yield* [];
    throw engineRefused("events", { status: 403, reason: "forbidden" });
  },
};

for (const [what, events] of Object.entries(spoiled))
  test(`a stream that ${what}, for ever, costs no more than a look every half minute`, async () => {
    const { asked, hints } = await hubOf(events, 3_600_000);

    assert.ok(asked > 100 && asked < 130, String(asked));
    assert.ok(hints < 130, String(hints));
  });
