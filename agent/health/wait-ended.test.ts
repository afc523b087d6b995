// Waiting for the end of a container, with an engine in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import type { FakeOutcome } from "#agent/engine/fake/fake-program.ts";
import { createFakeTree } from "#agent/testing/fake-tree.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import type { RestartPolicy } from "#shared/schema/words/words.ts";
import { waitEnded } from "./wait-ended.ts";
import type { WaitEndedOptions } from "./wait-ended.ts";

const spec = plainSpec({ image: "tool:1", networkMode: "none", readOnlyRoot: true });

type Started = { readonly options: WaitEndedOptions; readonly engine: FakeEngine; readonly clock: FakeClock };

async function started(outcomes: readonly FakeOutcome[], restart: RestartPolicy = "no"): Promise<Started> {
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  engine.program("tool:1", ({ starts }) => outcomes[starts - 1] ?? {});
  const id = await engine.create({ name: "tool", spec, labels: {}, restart, resources: {} });
  await engine.start(id);
  const options = {
    engine,
    tree: createFakeTree(() => engine.host),
    container: "tool",
    rule: { produces: [] },
    deadlineAt: clock.now() + 10_000,
    intervalMs: 500,
    clock,
  };
  return { options, engine, clock };
}

test("the end with 0 is healthy, and the wait takes no longer than the container", async () => {
  const { options, clock } = await started([{ endsAfterMs: 1234 }]);
  const begun = clock.now();

  const result = await waitEnded(options);

  assert.deepEqual(result, { healthy: true, reason: "it has done its work" });
  assert.equal(clock.now() - begun, 1234);
});

test("another exit code ends the wait at once", async () => {
  const { options } = await started([{ endsAfterMs: 100, exitCode: 7 }]);

  assert.deepEqual(await waitEnded(options), { healthy: false, reason: "it ended with exit code 7" });
});

test("while the engine starts it again the wait goes on", async () => {
  const { options } = await started([{ endsAfterMs: 100, exitCode: 7 }, { endsAfterMs: 100 }], "on-failure");

  assert.equal((await waitEnded(options)).healthy, true);
});

test("the deadline ends the wait and leaves the container", async () => {
  const { options, engine, clock } = await started([{}]);
  const begun = clock.now();

  const result = await waitEnded(options);

  assert.deepEqual(result, { healthy: false, reason: "it has not ended, and the deadline has passed" });
  assert.equal(clock.now() - begun, 10_000);
  assert.equal(engine.containers[0]?.state, "running");
});

test("one that is removed meanwhile is told of", async () => {
  const { options, engine, clock } = await started([{}]);
  const waiting = waitEnded(options);
  await clock.sleep(100);
  await engine.remove("tool");

  assert.deepEqual(await waiting, { healthy: false, reason: "there is no container" });
});

test("an abort ends the wait with its reason", async () => {
  const { options, clock } = await started([{}]);
  const stop = new AbortController();
  const waiting = waitEnded({ ...options, signal: stop.signal });
  waiting.catch(() => undefined);
  await clock.sleep(100);
  stop.abort(new Error("SIGTERM"));

  await assert.rejects(waiting, /SIGTERM/);
});
