// Moments in UTC, against the runtime's own arithmetic.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUtcText, utcText } from "./utc-text.ts";

const own = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d+Z$/, "Z");

test("each day of eight centuries is written and read as it is", () => {
  const first = Date.UTC(1600, 0, 1);
  for (let day = 0; day < 800 * 366; day++) {
    const epochMs = first + day * 86_400_000 + ((day * 7919) % 86_400) * 1000;
    assert.equal(utcText(epochMs), own(epochMs));
    assert.equal(parseUtcText(utcText(epochMs)), epochMs);
  }
});

test("parts of a second are left out, also before 1970", () => {
  assert.equal(utcText(1_795_932_000_999), own(1_795_932_000_999));
  assert.equal(utcText(-1), "1969-12-31T23:59:59Z");
});

test("what is no moment in UTC is told from one", () => {
  for (const text of ["2026-11-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-29T24:00:00Z", "2026-11-29", "x", ""])
    assert.equal(parseUtcText(text), undefined, text);
});
