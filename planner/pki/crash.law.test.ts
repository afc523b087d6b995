// Kills at every single effect: the next run converges, and no CA key that was used is ever lost.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { memoryPkiIo, type MemoryPkiIo } from "./memory-pki-io.ts";
import {
  certificateAt,
  day,
  isPair,
  leafRequest,
  optionsFor,
  run,
  start,
  textOf,
  type Changes,
} from "./testing/pki-fixture.ts";

/** Files whose use ends with the effect number `limit`: from then on everything fails, as after a kill. */
type Mortal = { readonly io: MemoryPkiIo; readonly live: (limit: number) => void; readonly effects: () => number };

const killed = new Error("killed");

function mortal(): Mortal {
  let left = Number.POSITIVE_INFINITY;
  let effects = 0;
  const io = memoryPkiIo(() => {
    if (left <= 0) throw killed;
    left -= 1;
    effects += 1;
  });
  return {
    io,
    live: (limit) => {
      left = limit;
    },
    effects: () => effects,
  };
}

async function runUntilKilled({ io, live }: Mortal, limit: number, changes: Changes): Promise<void> {
  live(limit);
  await run(io, changes).catch((error: unknown) => assert.equal(error, killed));
  live(Number.POSITIVE_INFINITY);
}

const both = [leafRequest("h1"), leafRequest("h2")];
const scenarios: readonly { readonly what: string; readonly before: readonly Changes[]; readonly change: Changes }[] = [
  { what: "the first run", before: [], change: { certificates: both } },
  { what: "an added leaf", before: [{}], change: { certificates: both } },
  { what: "a renewal", before: [{ certificates: both }], change: { certificates: both, now: start + 300 * day } },
  { what: "a changed name", before: [{}], change: { certificates: [leafRequest("h1", { dnsNames: ["h1"] })] } },
];

function keyHash(io: MemoryPkiIo, path: string): string {
  return createHash("sha256").update(textOf(io, path)).digest("hex");
}

/** All pairs belong together and to the CA, nothing temporary is left, and one more run changes nothing. */
async function assertConverged(io: MemoryPkiIo, changes: Changes): Promise<void> {
  const ca = certificateAt(io, "pki/etcd/ca.crt");
  assert.ok(isPair(io, "pki/etcd/ca"));
  for (const { id } of optionsFor(io, changes).certificates) {
    assert.ok(isPair(io, `pki/${id}`));
    assert.ok(certificateAt(io, `pki/${id}.crt`).verify(ca.publicKey));
  }
  assert.deepEqual(
    [...io.files.keys()].filter((path) => !/\.(crt|key)$/.test(path)),
    [],
  );
  assert.deepEqual((await run(io, changes)).changes, []);
}

async function prepared(before: readonly Changes[]): Promise<Mortal> {
  const files = mortal();
  for (const changes of before) await run(files.io, changes);
  return files;
}

for (const { what, before, change } of scenarios)
  test(`${what}: killed at every effect, the next run completes it`, async () => {
    const whole = await prepared(before);
    const first = whole.effects();
    await run(whole.io, change);

    for (let limit = 0; limit < whole.effects() - first; limit += 1) {
      const files = await prepared(before);
      await runUntilKilled(files, limit, change);
      const caKey = files.io.files.has("pki/etcd/ca.key") ? keyHash(files.io, "pki/etcd/ca.key") : undefined;

      await run(files.io, change);

      if (caKey !== undefined) assert.equal(keyHash(files.io, "pki/etcd/ca.key"), caKey);
      await assertConverged(files.io, change);
    }
  });

test("a renewal killed at every effect, then another one killed at every effect, is completed", async () => {
  const certificates = [leafRequest("h1")];
  const first: Changes = { certificates, now: start + 300 * day };
  const second: Changes = { certificates: [leafRequest("h1", { dnsNames: ["h1"] })], now: start + 301 * day };

  for (let one = 4; one < 12; one += 1)
    for (let two = 4; two < 16; two += 1) {
      const files = await prepared([{ certificates }]);
      await runUntilKilled(files, one, first);
      await runUntilKilled(files, two, second);

      await run(files.io, second);

      await assertConverged(files.io, second);
    }
});

const names = fc.constantFrom("a", "b", "c");
const attempt = fc.record({
  kills: fc.nat({ max: 40 }),
  days: fc.nat({ max: 300 }),
  certificates: fc.uniqueArray(fc.tuple(fc.constantFrom("h1", "h2"), fc.uniqueArray(names, { minLength: 1 })), {
    minLength: 1,
    selector: ([name]) => name,
  }),
});

test("any row of killed runs, with wishes and time that change between them, ends well and with the first CA", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 6 }), attempt, async (attempts, last) => {
      const files = mortal();
      let now = start;
      let caKey: string | undefined;
      const changesOf = ({ days, certificates }: typeof last): Changes => {
        now += days * day;
        return { now, certificates: certificates.map(([name, dnsNames]) => leafRequest(name, { dnsNames })) };
      };

      for (const each of attempts) {
        await runUntilKilled(files, each.kills, changesOf(each));
        const found = files.io.files.has("pki/etcd/ca.key") ? keyHash(files.io, "pki/etcd/ca.key") : undefined;
        assert.ok(caKey === undefined || caKey === found);
        caKey = found;
      }
      const final = changesOf(last);
      await run(files.io, final);

      assert.ok(caKey === undefined || keyHash(files.io, "pki/etcd/ca.key") === caKey);
      for (const [name] of last.certificates) assert.ok(isPair(files.io, `pki/etcd/${name}`));
      assert.deepEqual((await run(files.io, final)).changes, []);
    }),
    { numRuns: 60 },
  );
});
