import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createPatience } from "./patience.ts";
import { mostStuck } from "./thread-pool.ts";

const never = async (): Promise<string> => new Promise(() => undefined);
const answer = async (): Promise<string> => Promise.resolve("answer");
const about = { path: "/mnt/a" };

test("what answers is handed on, errors too, and leaves nothing stuck", async () => {
  const patience = createPatience({ clock: new FakeClock({ auto: true }) });

  assert.equal(await patience.run("m1", answer, about), "answer");
  await assert.rejects(
    patience.run("m1", async () => Promise.reject(new Error("EIO")), about),
    /EIO/,
  );
  assert.deepEqual(patience.stuck(), []);
});

test("what does not answer is given up, its place is not asked again, and another place is", async () => {
  const patience = createPatience({ clock: new FakeClock({ auto: true }) });

  const first = patience.run("m1", never, about);
  const behind = patience.run("m1", answer, about);

  await assert.rejects(first, (error: Error & { readonly details?: { readonly reason: string } }) =>
    /does not answer within 3 s/.test(error.details?.reason ?? ""),
  );
  await assert.rejects(behind, { code: "FILES_UNREADABLE" });
  assert.equal(await patience.run("m2", answer, about), "answer");
  assert.deepEqual(patience.stuck(), ["m1"]);
});

test("a place that comes back is asked again", async () => {
  const patience = createPatience({ clock: new FakeClock({ auto: true }) });
  const { promise, resolve } = Promise.withResolvers<string>();
  await assert.rejects(patience.run("m1", async () => promise, about));

  resolve("late");
  await setImmediate();

  assert.deepEqual(patience.stuck(), []);
  assert.equal(await patience.run("m1", answer, about), "answer");
});

test("no more places may be stuck than leave threads for the others", async () => {
  const patience = createPatience({ clock: new FakeClock({ auto: true }) });
  for (let place = 0; place < mostStuck; place++) {
    assert.equal(await patience.run("m", answer, about), "answer");
    await assert.rejects(patience.run(`m${place}`, never, about));
  }
  let asked = false;

  await assert.rejects(
    patience.run(
      "m",
      async () => {
        asked = true;
        return answer();
      },
      about,
    ),
    { code: "FILES_UNREADABLE" },
  );

  assert.equal(asked, false);
});

test("an abort ends the wait with its reason", async () => {
  const patience = createPatience({ clock: new FakeClock() });
  const stop = new AbortController();

  const waiting = patience.run("m1", never, { ...about, signal: stop.signal });
  stop.abort(new Error("SIGTERM"));

  await assert.rejects(waiting, /SIGTERM/);
});
