// Alarms as etcd tells them, and when they are asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { alarmsOf } from "./ask-members.ts";

const well = { hasErrors: false };
const ill = { hasErrors: true };

function asked(answer: unknown) {
  const calls: string[] = [];
  const call = async (method: string): Promise<unknown> => {
    calls.push(method);
    return Promise.resolve(answer);
  };
  return { calls, call };
}

test("nobody is asked while those that answer tell of nothing, and somebody is when one does or none answers", async () => {
  for (const [answers, count] of [
    [[well, well], 0],
    [[well, undefined], 0],
    [[well, ill], 1],
    [[undefined, undefined], 1],
  ] as const) {
    const { call, calls } = asked({});
    assert.deepEqual(await alarmsOf(call, answers), []);
    assert.equal(calls.length, count);
  }
});

test("etcd's check of the data leaves the member out where it cannot tell whose it is", async () => {
  const { call } = asked({ alarms: [{ alarm: "CORRUPT" }, { memberID: "7", alarm: "NOSPACE" }] });
  assert.deepEqual(await alarmsOf(call, [ill]), [
    { memberId: "0", alarm: "CORRUPT" },
    { memberId: "7", alarm: "NOSPACE" },
  ]);
});
