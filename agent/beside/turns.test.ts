import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./turns.ts";

test("one works at a time, in the order in which they came, also after one that failed", async () => {
  const turns = createTurns();
  const told: string[] = [];
  const first = Promise.withResolvers<undefined>();
  const one = turns.take(async () => {
    told.push("one begins");
    await first.promise;
    throw new Error("one fails");
  });
  const two = turns.take(async () => {
    told.push("two");
    return Promise.resolve();
  });
  await Promise.resolve();
  first.resolve(undefined);

  await assert.rejects(one, /one fails/);
  await two;
  assert.deepEqual(told, ["one begins", "two"]);
});

test("the end cuts short what is under way, waits for it, and begins nothing more", async () => {
  const turns = createTurns();
  const told: string[] = [];
  const work = turns.take(
    async (signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          told.push("cut");
          resolve();
        });
      }),
  );
  const waiting = turns.take(async () => Promise.resolve(void told.push("never")));
  await Promise.resolve();
  await turns.close();
  await Promise.all([work, waiting]);
  await turns.take(async () => Promise.resolve(void told.push("never")));

  assert.deepEqual([told, turns.isClosed()], [["cut"], true]);
});
