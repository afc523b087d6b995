// What a web server's answers mean, and when it is asked again.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fetchedOf, pauseBefore } from "./fetched.ts";
import type { Answer } from "./fetched.ts";

const answer = (more: Partial<Answer>): Answer => ({
  status: 200,
  headers: {},
  body: "text",
  truncated: false,
  ...more,
});

test("a whole answer of 200 is a text, with the tag that can be sent back", () => {
  assert.deepEqual(fetchedOf(answer({ headers: { etag: '"a-1"' } }), undefined), {
    kind: "text",
    text: "text",
    mark: '"a-1"',
  });
  for (const etag of ["bare", '"a\nb"', `"${"x".repeat(300)}"`, ['"a"', '"b"']])
    assert.deepEqual(fetchedOf(answer({ headers: { etag } }), undefined), {
      kind: "text",
      text: "text",
      mark: undefined,
    });
});

test("that nothing has changed is believed only when it was asked for", () => {
  assert.deepEqual(fetchedOf(answer({ status: 304, body: "" }), '"a"'), { kind: "same" });
  assert.equal(fetchedOf(answer({ status: 304, body: "" }), undefined).kind, "none");
});

test("what is anything else than a whole answer of 200 is none, with a reason that stays the same", () => {
  const statuses = fc.integer({ min: 100, max: 599 }).filter((status) => status !== 200 && status !== 304);
  fc.assert(
    fc.property(statuses, fc.string(), (status, body) => {
      const [first, second] = [body, "other"].map((each) => fetchedOf(answer({ status, body: each }), '"a"'));
      assert.equal(first?.kind, "none");
      assert.deepEqual(first, second);
    }),
  );
  for (const more of [{ truncated: true }, { body: "" }]) assert.equal(fetchedOf(answer(more), '"a"').kind, "none");
});

test("pauses grow with failures, stay within ten minutes or the interval, and differ between hosts", () => {
  const asked = fc.record({
    failures: fc.nat(10_000),
    intervalMs: fc.integer({ min: 1000, max: 86_400_000 }),
    hasConfig: fc.boolean(),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(asked, (about) => {
      const pause = pauseBefore(about);
      const most = about.hasConfig ? Math.max(600_000, about.intervalMs) : 60_000;
      assert.ok(pause >= 1000 * 0.875 && pause <= most * 1.125 + 1, String(pause));
      assert.ok(pauseBefore({ ...about, failures: about.failures + 1 }) >= pause);
      assert.ok(pauseBefore({ ...about, random: 1 }) >= 1.2 * pauseBefore({ ...about, random: 0 }));
    }),
  );
});
