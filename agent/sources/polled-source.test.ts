// A place that is asked now and then, with a clock that is told when to go on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { createNudges } from "#agent/tick/nudges.ts";
import type { Fetched } from "./fetched.ts";
import { createPolledSource } from "./polled-source.ts";

const { signal: never } = new AbortController();
const text = (word: string, mark?: string): Fetched => ({ kind: "text", text: word, mark });
const none = (reason: string): Fetched => ({ kind: "none", reason });

/** Answers in turn, the last one for ever; watching ends after `rounds` questions. */
async function watched(answers: readonly Fetched[], rounds: number) {
  const clock = new FakeClock({ auto: true });
  const end = new AbortController();
  const marks: (string | undefined)[] = [];
  const read: string[] = [];
  const at: number[] = [];
  let changes = 0;
  const source = createPolledSource({
    name: "https://configs.example.org/h1.age",
    ask: async (mark) => {
      read.push(await source.read({ waits: false, signal: never }).then(String, reasonIn));
      marks.push(mark);
      at.push(clock.now());
      if (marks.length === rounds) end.abort();
      return Promise.resolve(answers[Math.min(marks.length, answers.length) - 1] ?? none("no answer"));
    },
    clock,
    random: () => 0.5,
    pace: async () => Promise.resolve({ intervalMs: 10_000, hasConfig: true }),
    wake: createNudges(),
    changed: () => void (changes += 1),
  });
  await source.watch(end.signal);
  return { marks, read, changes, pauses: at.slice(1).map((each, index) => each - (at[index] ?? 0)) };
}

function reasonIn(error: unknown): string {
  return isFlexkubeError(error, "CONFIG_UNREADABLE") ? error.details.reason : String(error);
}

test("what was answered last is read; the same twice is no change, and neither is that nothing has changed", async () => {
  const { read, changes, marks } = await watched(
    [
      text("a", '"1"'),
      text("a", '"1"'),
      { kind: "same" },
      text("b", '"2"'),
      none("gone"),
      none("gone"),
      { kind: "same" },
    ],
    8,
  );

  assert.deepEqual(read, ["undefined", "a", "a", "a", "b", "gone", "gone", "b"]);
  assert.deepEqual(marks, [undefined, '"1"', '"1"', '"1"', '"2"', '"2"', '"2"', '"2"']);
  // a, b, gone, b again
  assert.equal(changes, 4);
});

test("one that says for ever that nothing has changed is asked for all now and then", async () => {
  const { marks } = await watched([text("a", '"1"'), { kind: "same" }], 70);

  assert.deepEqual(
    marks.flatMap((mark, index) => (mark === undefined ? [index] : [])),
    [0, 30, 60],
  );
});

test("failures make pauses longer up to ten minutes, and an answer makes them short again", async () => {
  const { pauses } = await watched([...Array.from({ length: 8 }, () => none("gone")), text("a")], 10);

  assert.deepEqual(pauses, [20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000, 600_000, 10_000]);
});
