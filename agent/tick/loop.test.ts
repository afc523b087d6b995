// When the loop looks again: interval and jitter of the host config, sooner on an event, later after failures, never after its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { runLoop } from "./loop.ts";
import type { LoopOptions } from "./loop.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { createNudges } from "./nudges.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";

const config = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
agent: { interval: 10s, jitter: 4s }
containers:
  web: { image: "server:1" }
`;

/** Ends only by the abort, as a hub without events does. */
async function noHint(_since: number, signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
  });
}

async function settledHost(): Promise<FakeHost> {
  const host = createFakeHost({ "server:1": () => ({ stopsAfterMs: 3000 }), "server:2": () => ({}) });
  host.give(config);
  await host.settle();
  return host;
}

/** Milliseconds between the first `count` ticks, the loop being ended in the pause after the last one. */
async function pauses(host: FakeHost, count: number, options: Partial<LoopOptions> = {}): Promise<readonly number[]> {
  const end = new AbortController();
  const times: number[] = [];
  await runLoop({
    agent: await host.newAgent(),
    version: "test",
    signal: end.signal,
    random: () => 0,
    events: { count: () => 0, hint: noHint },
    onReport: () => {
      times.push(host.clock.now());
      if (times.length === count) end.abort(new Error("stop"));
    },
    ...options,
  });
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

test("a settled host is looked at after the interval and up to the jitter that its config says", async () => {
  const host = await settledHost();

  assert.deepEqual(await pauses(host, 3, { random: () => 0 }), [10_000, 10_000]);
  assert.deepEqual(await pauses(host, 3, { random: () => 1 }), [14_000, 14_000]);
});

test("what tidies up comes after each report and before the pause", async () => {
  const host = await settledHost();
  const end = new AbortController();
  const seen: string[] = [];
  const note = (what: string): void => void seen.push(`${what} at ${host.clock.now()}`);
  const begun = host.clock.now();

  await runLoop({
    agent: await host.newAgent(),
    version: "test",
    signal: end.signal,
    random: () => 0,
    events: { count: () => 0, hint: noHint },
    onReport: () => {
      note("report");
      if (seen.length > 2) end.abort(new Error("stop"));
    },
    tidy: async () => Promise.resolve(note("tidy")),
  });

  const next = begun + 10_000;
  assert.deepEqual(seen, [`report at ${begun}`, `tidy at ${begun}`, `report at ${next}`, `tidy at ${next}`]);
});

test("an event ends the pause", async () => {
  const host = await settledHost();
  const events = { count: () => 0, hint: async () => host.clock.sleep(700) };

  assert.deepEqual(await pauses(host, 3, { events }), [700, 700]);
});

test("a nudge ends the pause after any tick, also one that came while the tick was at work", async () => {
  const host = await settledHost();
  const nudges = createNudges();
  const end = new AbortController();
  const times: number[] = [];
  const begun = host.clock.now();

  await runLoop({
    agent: await host.newAgent(),
    version: "test",
    signal: end.signal,
    random: () => 0,
    events: { count: () => 0, hint: noHint },
    nudges: [nudges],
    onReport: () => {
      times.push(host.clock.now() - begun);
      if (times.length === 1) nudges.tell();
      if (times.length === 2) void host.clock.sleep(300).then(nudges.tell);
      if (times.length === 3) end.abort(new Error("stop"));
    },
  });

  assert.deepEqual(times, [0, 0, 300]);
});

test("the report says for how long ticks fail, and no longer once one does not", async () => {
  const host = await settledHost();
  const failing: unknown[] = [];
  host.engine.faults.fail("list", engineUnreachable("list", "socket hang up"), 3);
  const end = new AbortController();

  await runLoop({
    agent: await host.newAgent(),
    version: "test",
    signal: end.signal,
    random: () => 0,
    events: { count: () => 0, hint: noHint },
    onReport: ({ failingForMs }) => {
      failing.push(failingForMs);
      if (failing.length === 4) end.abort(new Error("stop"));
    },
  });

  assert.deepEqual(failing, [0, 750, 2250, undefined]);
});

test("after failures the pause grows up to the interval", async () => {
  const host = await settledHost();
  await pauses(host, 1);
  host.engine.faults.fail("list", engineUnreachable("list", "socket hang up"), 7);

  assert.deepEqual(await pauses(host, 6), [750, 1500, 3000, 6000, 7500]);
});

/** Name, image and state of each container. */
function containersOf(host: FakeHost): readonly string[] {
  return host.engine.containers.map(({ name, image, state }) => `${name} ${image} ${state}`).toSorted();
}

/** Runs the loop on a changed config and ends it as SIGTERM does after this long; gives the containers then. */
async function endedAfter(host: FakeHost, ms: number): Promise<readonly string[]> {
  const end = new AbortController();
  const options = { version: "test", signal: end.signal, random: () => 0, onReport: () => undefined };
  const running = runLoop({ ...options, agent: await host.newAgent(), events: { count: () => 0, hint: noHint } });
  await host.clock.sleep(ms);
  end.abort(new Error("SIGTERM"));
  await running;
  return containersOf(host);
}

test("SIGTERM in the middle of a stop: it is finished, nothing else begins, and the next agent goes on", async () => {
  const host = await settledHost();
  host.give(config.replace("server:1", "server:2"));

  const cut = await endedAfter(host, 1500);

  assert.deepEqual(cut, ["web server:2 created", "web.old server:1 exited"]);
  await host.settle();
  assert.deepEqual(containersOf(host), ["web server:2 running"]);
});

test("SIGTERM while it waits for health: the wait ends at once, and the next agent grants the rest of it", async () => {
  const host = await settledHost();
  host.give(config.replace("server:1", "server:2"));

  const cut = await endedAfter(host, 3500);

  assert.deepEqual(cut, ["web server:2 running", "web.old server:1 exited"]);
  await host.settle();
  assert.deepEqual(containersOf(host), ["web server:2 running"]);
});
