import assert from "node:assert/strict";
import { statSync, type BigIntStats } from "node:fs";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createInodeCache } from "./inode-cache.ts";

const hour = 3_600_000;

function stats(changes: Partial<Record<"size" | "mode" | "ino" | "ctimeNs", bigint>> = {}): BigIntStats {
  return Object.assign(statSync("/", { bigint: true }), { dev: 1n, ino: 2n, size: 3n, mode: 4n, ctimeNs: 0n }, changes);
}

test("a digest is found again for the same inode, and not once anything about it changed", () => {
  const cache = createInodeCache<string>(new FakeClock());

  cache.remember({ stats: stats(), hashKey: undefined, value: "d" });

  assert.equal(cache.find(stats(), undefined), "d");
  for (const change of ["size", "mode", "ino", "ctimeNs"] as const)
    assert.equal(cache.find(stats({ [change]: 99n }), undefined), undefined, change);
});

test("a digest with one key is not found with another", () => {
  const cache = createInodeCache<string>(new FakeClock());

  cache.remember({ stats: stats(), hashKey: "k", value: "d" });

  assert.equal(cache.find(stats(), "k"), "d");
  assert.equal(cache.find(stats(), undefined), undefined);
});

test("a file that changed a moment ago is not trusted: it may change again within the same tick of the kernel", () => {
  const clock = new FakeClock();
  const cache = createInodeCache<string>(clock);
  const fresh = stats({ ctimeNs: BigInt(clock.now() - 1000) * 1_000_000n });

  cache.remember({ stats: fresh, hashKey: undefined, value: "d" });

  assert.equal(cache.find(fresh, undefined), undefined);
});

test("how long ago that was is told by the machine's clock, which gives inodes their times", () => {
  const clock = new FakeClock();
  const cache = createInodeCache<string>(clock);
  clock.setBy(-hour);
  const fresh = stats({ ctimeNs: BigInt(clock.wall().epochMs - 1000) * 1_000_000n });

  cache.remember({ stats: fresh, hashKey: undefined, value: "d" });
  assert.equal(cache.find(fresh, undefined), undefined);

  clock.setBy(2 * hour);
  const old = stats({ ctimeNs: BigInt(clock.wall().epochMs - 3000) * 1_000_000n });
  cache.remember({ stats: old, hashKey: undefined, value: "d" });
  assert.equal(cache.find(old, undefined), "d");
});

test("after an hour, or when the clock was set back, the content is read again", async () => {
  const clock = new FakeClock();
  const cache = createInodeCache<string>(clock);
  cache.remember({ stats: stats(), hashKey: undefined, value: "d" });

  await clock.advance(hour + 1);

  assert.equal(cache.find(stats(), undefined), undefined);
});
