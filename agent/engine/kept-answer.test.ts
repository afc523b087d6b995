import assert from "node:assert/strict";
import { test } from "node:test";
import { keptAnswer } from "./kept-answer.ts";

/** Answers with the number of the call, or fails where the call is one of these. */
function counting(...failing: readonly number[]) {
  let calls = 0;
  return async (): Promise<{ readonly call: number }> => {
    const call = ++calls;
    await Promise.resolve();
    if (failing.includes(call)) throw new Error(`call ${call}`);
    return { call };
  };
}

test("an answer is asked for once, by all who wait for it and all who come later", async () => {
  const { get } = keptAnswer(counting());

  assert.deepEqual(await Promise.all([get(), get()]), [{ call: 1 }, { call: 1 }]);
  assert.deepEqual(await get(), { call: 1 });
});

test("a failure is for those who wait for it, and whoever comes next asks anew", async () => {
  const { get } = keptAnswer(counting(1, 2));

  const both = await Promise.allSettled([get(), get()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  await assert.rejects(get(), /call 2/);
  assert.deepEqual(await get(), { call: 3 });
  assert.deepEqual(await get(), { call: 3 });
});

test("what is forgotten is asked for anew, and an answer that somebody else has replaced is not forgotten", async () => {
  const { get, forget } = keptAnswer(counting());
  const first = await get();
  forget(first);
  const second = await get();
  forget(first);

  assert.deepEqual(second, { call: 2 });
  assert.equal(await get(), second);
  forget();
  assert.deepEqual(await get(), { call: 3 });
});

test("an answer that comes after it was forgotten is not kept", async () => {
  const { get, forget } = keptAnswer(counting());
  const early = get();
  forget();

  assert.deepEqual(await early, { call: 1 });
  assert.deepEqual(await get(), { call: 2 });
});
