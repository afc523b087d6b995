// What a log tells of rounds that are alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { alike, createRoundLog } from "./round-log.ts";
import type { RoundLog } from "./round-log.ts";

type Line = { readonly level: string; readonly message: string; readonly fields: object };

function recorded(): { readonly log: RoundLog; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, message, fields });
  return { lines, log: createRoundLog({ debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }) };
}

const loud = (lines: readonly Line[]): readonly string[] =>
  lines.filter(({ level }) => level !== "debug").map(({ level, message }) => `${level} ${message}`);

const broken = { level: "warn", message: "broken", over: "mended", about: { name: "web" } } as const;

test("whatever is said in each round is told in the first, and at the level of debugging in the others", () => {
  const level = fc.constantFrom("info", "warn", "error");
  const said = fc.array(
    fc.record({ level, message: fc.constantFrom("a", "b"), reason: fc.constantFrom("x", "y"), ms: fc.nat() }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(said, fc.integer({ min: 2, max: 30 }), (words, rounds) => {
      const { log, lines } = recorded();
      let first = 0;
      for (let round = 0; round < rounds; round++) {
        for (const { level: at, message, reason, ms } of words) {
          log[at === "info" ? "info" : at === "warn" ? "warn" : "error"]({ reason, ms: ms + round }, message);
          log.lasts({ ...broken, about: { message }, is: { reason, for: `${round + 3}m4s` } });
        }
        log.endRound(true);
        if (round === 0) first = loud(lines).length;
      }
      assert.ok(first > 0);
      assert.equal(loud(lines).length, first);
      assert.equal(lines.length, 2 * words.length * rounds);
    }),
  );
});

test("what lasts is told when it begins, when it changes and when it is over", () => {
  const { log, lines } = recorded();
  for (const reason of ["x", "x", "y", "y"]) {
    log.lasts({ ...broken, is: { reason } });
    log.endRound(true);
  }
  log.endRound(false);
  assert.deepEqual(loud(lines), ["warn broken", "warn broken"]);
  log.endRound(true);
  log.endRound(true);
  assert.deepEqual(loud(lines), ["warn broken", "warn broken", "info mended"]);
  assert.deepEqual(lines.at(-1)?.fields, { name: "web", rounds: 4 });
});

test("an event that comes again after a round without it is told again, and its end is not", () => {
  const { log, lines } = recorded();
  for (const happens of [true, true, false, true]) {
    if (happens) log.info({ name: "web" }, "started");
    log.endRound(true);
  }
  assert.deepEqual(loud(lines), ["info started", "info started"]);
});

test("progress is told in the round in which its beginning was news", () => {
  const { log, lines } = recorded();
  for (const bytes of [10, 20]) {
    log.info({ image: "a" }, "pulling");
    log.progress({ image: "a" }, "pulling", { bytes });
    log.progress({ image: "a" }, "pulling", { bytes: bytes + 1 });
    log.endRound(true);
  }
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["info", "info", "info", "debug", "debug", "debug"],
  );
});

test("an error is news by its words", () => {
  const { log, lines } = recorded();
  for (const words of ["x", "x", "y"]) log.warn({ err: new Error(words) }, "broken");
  assert.deepEqual(loud(lines), ["warn broken", "warn broken"]);
});

test("how long something lasts is no news, and any other number is", () => {
  for (const [before, after] of [
    ["waits since 5m0s: h2", "waits since 1h5m: h2"],
    ["it has run for 120 ms; 2s is asked for", "it has run for 99 ms; 2s is asked for"],
    ["at work (6s); try again", "at work (0s); try again"],
  ] as const)
    assert.equal(alike(before), alike(after));
  for (const [before, after] of [
    ["it ended with exit code 3", "it ended with exit code 4"],
    ["web:5m", "web:6m"],
    ["10.77.0.1", "10.77.0.2"],
    ["v1.2s", "v1.3s"],
  ] as const)
    assert.notEqual(alike(before), alike(after));
});
