// A clock that tests move.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "./fake-clock.ts";

test("sleepers wake in the order of their times, each at its own", async () => {
  const clock = new FakeClock({ now: 0 });
  const woken: string[] = [];
  void clock.sleep(20).then(() => woken.push(`b at ${clock.now()}`));
  void clock.sleep(10).then(() => woken.push(`a at ${clock.now()}`));
  void clock.sleep(50).then(() => woken.push("too late"));

  await clock.advance(30);

  assert.deepEqual(woken, ["a at 10", "b at 20"]);
  assert.equal(clock.now(), 30);
});

test("an aborted sleep rejects with the signal's reason", async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const sleeping = assert.rejects(clock.sleep(10, abort.signal), { message: "enough" });

  abort.abort(new Error("enough"));

  await sleeping;
  await assert.rejects(clock.sleep(10, abort.signal), { message: "enough" });
});

test("an automatic clock jumps when only sleepers are left", async () => {
  const clock = new FakeClock({ now: 0, auto: true });

  await Promise.all([clock.sleep(3_600_000), clock.sleep(1)]);

  assert.equal(clock.now(), 3_600_000);
});
