import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { endInTime } from "./end-in-time.ts";

const never = async (): Promise<number> => new Promise(() => undefined);

test("what ends by itself ends with its own code, however long it takes", async () => {
  const clock = new FakeClock({ auto: true });
  const { signal } = new AbortController();
  const work = async (): Promise<number> => clock.sleep(86_400_000).then(() => 2);

  assert.deepEqual(await endInTime(work(), { signal, clock, code: 70 }), { code: 2, cut: false });
});

test("what is told to end may finish what it does", async () => {
  const clock = new FakeClock({ auto: true });
  const work = async (): Promise<number> => clock.sleep(5000).then(() => 0);

  assert.deepEqual(await endInTime(work(), { signal: AbortSignal.abort(), clock, code: 70 }), { code: 0, cut: false });
});

test("what never ends is left after eight seconds", async () => {
  const clock = new FakeClock({ auto: true });
  const begun = clock.now();
  const stop = new AbortController();
  void clock.sleep(60_000).then(() => stop.abort());

  assert.deepEqual(await endInTime(never(), { signal: stop.signal, clock, code: 70 }), { code: 70, cut: true });
  assert.equal(clock.now() - begun, 68_000);
});

test("an error of the work is an error", async () => {
  const clock = new FakeClock({ auto: true });
  const { signal } = new AbortController();

  await assert.rejects(endInTime(Promise.reject(new Error("mine")), { signal, clock, code: 70 }), /mine/);
});

test("what ends with the signal's own reason was ended by it, and is no bug", async () => {
  const clock = new FakeClock({ auto: true });
  const reason = new Error("SIGTERM");
  const signal = AbortSignal.abort(reason);

  assert.deepEqual(await endInTime(Promise.reject(reason), { signal, clock, code: 70 }), { code: 70, cut: false });
});
