// Warnings before certificates end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateDates, endWarnings } from "./certificates-end.ts";

const end = "2027-06-01T00:00:00Z";
const day = 86_400_000;

test("it warns 60, 30 and 7 days ahead and when it is over, each time with another text, and the same in between", () => {
  const told = [61, 60, 45, 30, 8, 7, 1, 0, -3].map((days) => endWarnings(end, Date.parse(end) - days * day)[0]);

  const text = (when: string): string =>
    `a certificate of this host ${when}, at ${end}: make a newer host config (flexkube-planner split) and deliver it`;
  const [sixty, thirty, seven] = [60, 30, 7].map((days) => text(`ends within ${days} days`));
  const over = text("has ended");
  assert.deepEqual(told, [undefined, sixty, sixty, thirty, thirty, seven, seven, over, over]);
});

test("a host without certificates is not warned", () => {
  assert.deepEqual(endWarnings(undefined, 0), []);
});

test("the certificates of a config that stays in force are read once", () => {
  let reads = 0;
  const secrets = new Proxy(
    { "a.crt": "no certificate" },
    { ownKeys: (target) => ((reads += 1), Reflect.ownKeys(target)) },
  );

  for (let count = 0; count < 2; count++)
    assert.deepEqual(certificateDates({ secrets }), { end: undefined, renewal: undefined });
  assert.equal(reads, 1);
});
