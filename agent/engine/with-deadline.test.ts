// The bounds of a call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDeadline } from "./with-deadline.ts";

test("progress puts the end by silence off, and silence ends the call", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const bounds = { call: "pullImage", deadlineMs: 10_000, idleMs: 1000 };
  let progress: (() => void) | undefined;
  const call = assert.rejects(
    withDeadline(bounds, async (scope) => {
      progress = scope.progress;
      return new Promise(() => undefined);
    }),
    { code: "ENGINE_TIMEOUT", details: { call: "pullImage", afterMs: 1000 } },
  );

  let ended = false;
  void call.then(() => (ended = true));

  t.mock.timers.tick(900);
  progress?.();
  t.mock.timers.tick(900);
  progress?.();
  await new Promise(setImmediate);
  assert.equal(ended, false);
  t.mock.timers.tick(1000);

  await call;
});

test("progress does not move the deadline", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let progress: (() => void) | undefined;
  const call = assert.rejects(
    withDeadline({ call: "pullImage", deadlineMs: 1000, idleMs: 800 }, async (scope) => {
      progress = scope.progress;
      return new Promise(() => undefined);
    }),
    { code: "ENGINE_TIMEOUT", details: { call: "pullImage", afterMs: 1000 } },
  );

  t.mock.timers.tick(600);
  progress?.();
  t.mock.timers.tick(400);

  await call;
});

test("the scope's signal ends with the call's bounds, and the result passes", async () => {
  const caller = new AbortController();
  let inner: AbortSignal | undefined;

  const result = await withDeadline({ call: "list", deadlineMs: 1000, signal: caller.signal }, async ({ signal }) => {
    inner = signal;
    return Promise.resolve(5);
  });
  caller.abort();

  assert.equal(result, 5);
  assert.equal(inner?.aborted, true);
});
