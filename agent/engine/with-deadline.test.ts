// The bounds of a call.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
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

test("a call that is over is no longer tied to its caller's signal, which lives as long as the process", async () => {
  const caller = new AbortController();
  let own: AbortSignal | undefined;

  await withDeadline({ call: "list", deadlineMs: 1000, signal: caller.signal }, async ({ signal }) => {
    own = signal;
    return Promise.resolve();
  });
  const listeners = getEventListeners(caller.signal, "abort").length;
  caller.abort();

  assert.equal(listeners, 0);
  assert.equal(own?.aborted, false);
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

test("the caller's signal ends the scope's while the call is under way, and rejects with its reason", async () => {
  const caller = new AbortController();
  let own: AbortSignal | undefined;

  const call = withDeadline({ call: "list", deadlineMs: 1000, signal: caller.signal }, async ({ signal }) => {
    own = signal;
    return new Promise(() => undefined);
  });
  caller.abort(new Error("SIGTERM"));

  await assert.rejects(call, { message: "SIGTERM" });
  assert.equal(own?.aborted, true);
});

test("the result of a call passes", async () => {
  assert.equal(await withDeadline({ call: "list", deadlineMs: 1000 }, async () => Promise.resolve(5)), 5);
});
