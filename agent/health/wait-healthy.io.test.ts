import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { test, type TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { engineNotFound, engineUnreachable } from "#agent/engine/errors.ts";
import { listen } from "#agent/testing/listen.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { Probe } from "#shared/schema/words/words.ts";
import type { ProbedContainer } from "./probe.ts";
import { waitHealthy } from "./wait-healthy.ts";

const running: ProbedContainer = { state: "running", startedAt: 0, restartCount: 0 };

/** `states`: what each look finds; the last one stays. */
function looks(...states: readonly (ProbedContainer | undefined)[]) {
  let count = 0;
  return {
    look: async () => Promise.resolve(states[Math.min(count++, states.length - 1)]),
    count: () => count,
  };
}

async function serve(context: TestContext, listener: RequestListener): Promise<number> {
  return listen(context, createServer(listener));
}

test("waiting ends with the first success", async () => {
  const clock = new FakeClock({ auto: true });
  const created: ProbedContainer = { state: "created", restartCount: 0 };
  const { look, count } = looks(created, created, running);

  const result = await waitHealthy({
    probe: Probe.parse({ settle: "1s" }),
    look,
    deadlineAt: clock.now() + 60_000,
    clock,
  });

  assert.equal(result.healthy, true);
  assert.equal(count(), 3);
});

test("a settle time is waited for", async () => {
  const clock = new FakeClock({ auto: true });
  const begun = clock.now();
  const { look } = looks({ ...running, startedAt: begun });

  const result = await waitHealthy({ probe: Probe.parse({ settle: "2s" }), look, deadlineAt: begun + 60_000, clock });

  assert.equal(result.healthy, true);
  assert.equal(clock.now() - begun, 2000);
});

test("with a threshold the successes must come in a row", async (context) => {
  const clock = new FakeClock({ auto: true });
  const answers = [200, 503, 200, 200, 200];
  let asked = 0;
  const port = await serve(context, (_request, response) => response.writeHead(answers[asked++] ?? 200).end());
  const probe = Probe.parse({ http: { port, path: "/" }, threshold: 3 });

  const result = await waitHealthy({ probe, look: looks(running).look, deadlineAt: clock.now() + 60_000, clock });

  assert.equal(result.healthy, true);
  assert.equal(asked, 5);
});

test("a restart in between starts the count anew", async (context) => {
  const clock = new FakeClock({ auto: true });
  let asked = 0;
  const port = await serve(context, (_request, response) => {
    asked += 1;
    response.end();
  });
  const probe = Probe.parse({ http: { port, path: "/" }, threshold: 2 });
  const { look } = looks(running, { ...running, restartCount: 1 });

  await waitHealthy({ probe, look, deadlineAt: clock.now() + 60_000, clock });

  assert.equal(asked, 3);
});

test("at the deadline the last reason is told", async () => {
  const clock = new FakeClock({ auto: true });
  const begun = clock.now();
  const { look } = looks({ ...running, state: "restarting" });

  const result = await waitHealthy({ probe: Probe.parse({}), look, deadlineAt: begun + 5000, clock });

  assert.deepEqual(result, { healthy: false, reason: "the container is restarting, and the deadline has passed" });
  assert.equal(clock.now() - begun, 5000);
});

test("a deadline in the past still allows one try", async () => {
  const clock = new FakeClock({ auto: true });
  const { look, count } = looks(running);

  const result = await waitHealthy({ probe: Probe.parse({}), look, deadlineAt: clock.now() - 1, clock });

  assert.deepEqual([result.healthy, count()], [true, 1]);
});

test("a container that has ended is given up after three looks, not at the deadline", async () => {
  const clock = new FakeClock({ auto: true });
  const begun = clock.now();

  const exited = await waitHealthy({
    probe: Probe.parse({}),
    look: looks({ ...running, state: "exited" }).look,
    deadlineAt: begun + 60_000,
    clock,
  });
  const gone = await waitHealthy({
    probe: Probe.parse({}),
    look: async () => Promise.reject(engineNotFound("inspect", "no such container")),
    deadlineAt: begun + 60_000,
    clock,
  });

  assert.deepEqual(exited, { healthy: false, reason: "the container is exited" });
  assert.deepEqual(gone, { healthy: false, reason: "there is no container" });
  assert.ok(clock.now() - begun < 3000);
});

test("an engine that does not answer is an error, not an unhealthy container", async () => {
  const clock = new FakeClock({ auto: true });
  const look = async (): Promise<never> => Promise.reject(engineUnreachable("inspect", "no socket"));

  await assert.rejects(waitHealthy({ probe: Probe.parse({}), look, deadlineAt: clock.now() + 1000, clock }), (error) =>
    isFlexkubeError(error, "ENGINE_UNREACHABLE"),
  );
});

test("an abort ends the wait at once with its own reason", async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const { look } = looks({ ...running, state: "created" });

  const result = waitHealthy({
    probe: Probe.parse({}),
    look,
    deadlineAt: clock.now() + 60_000,
    clock,
    signal: abort.signal,
  });
  abort.abort(new Error("stop"));

  await assert.rejects(result, /stop/);
});
