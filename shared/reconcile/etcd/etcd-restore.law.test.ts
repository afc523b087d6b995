// The law of restores, on random orders of delivery, files, deaths after each step, partitions, disks that are lost and two planners.
// RESTORE_SEED runs the same histories again.
import assert from "node:assert/strict";
import { env } from "node:process";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { clusterIdOf, RestoreWorld } from "#shared/reconcile/testing/restore-world.ts";
import type { Wish } from "#shared/reconcile/testing/restore-world.ts";

const names = ["h1", "h2", "h3", "h4", "h5"] as const;
const seed = Number(env["RESTORE_SEED"] ?? Date.now() % 1_000_000_000);
const digest = (letter: string): string => letter.repeat(64);

const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("tick" as const),
      host: fc.nat(),
      silent: fc.subarray([...names]),
      dies: fc.nat(6),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("deliver" as const), host: fc.nat(), wish: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("file" as const), host: fc.nat(), wish: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("power cut" as const), host: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("disk lost" as const), host: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("gone" as const), host: fc.nat() }) },
);
type Event = typeof event extends fc.Arbitrary<infer One> ? One : never;

const history = fc.array(event, { minLength: 30, maxLength: 80, size: "max" });

const run = fc.record({
  size: fc.constantFrom(1, 3, 5),
  /** Restores that somebody asks for: snapshot and number; two may have the same number. */
  asked: fc.array(
    fc.record({ number: fc.integer({ min: 1, max: 3 }), snapshot: fc.constantFrom("a", "b"), open: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  events: history,
});

/** A host of the list by any number. */
const pick = <Item>(list: readonly Item[], index: number): Item =>
  list[index % list.length] ?? assert.fail("an empty list");

function happen(world: RestoreWorld, wishes: readonly Wish[], one: Event): void {
  const host = pick(world.hosts, one.host);
  switch (one.what) {
    case "tick":
      world.tick(host.name, one.silent, one.dies);
      return;
    case "deliver": {
      const wish = pick(wishes, one.wish);
      // an agent refuses a host config of a lower generation
      if (
        wish.members.includes(host.name) &&
        wishes.indexOf(wish) >= (host.wish === undefined ? -1 : wishes.indexOf(host.wish))
      )
        host.wish = wish;
      return;
    }
    case "file":
      host.files.add(pick(wishes, one.wish).sha256);
      return;
    case "power cut":
      host.isRunning = false;
      return;
    case "disk lost":
      host.isRunning = false;
      host.member = undefined;
      host.made = undefined;
      return;
    case "gone":
      // only whom somebody has said to be lost is off for good
      if (!wishes.some(({ lost }) => lost.includes(host.name))) return;
      host.isRunning = false;
      host.isGone = true;
  }
}

function assertLaw(world: RestoreWorld, at: string): void {
  const majorities = world.majorities();
  assert.ok(majorities.length <= 1, `${at}: ${majorities.join()} have a majority each`);
  for (const [cluster] of world.clusters) {
    const of = world.hosts.filter(({ name }) => world.isMember(name, cluster));
    const snapshots = new Set(of.map(({ member }) => member?.snapshot));
    assert.ok(snapshots.size <= 1, `${at}: ${cluster} mixes ${[...snapshots].join()}`);
  }
  for (const { host, cluster, isAgain } of world.made)
    assert.ok(!isAgain, `${at}: ${host} restored ${cluster} again beside it`);
}

/** All of the newest restore's hosts get its config and its file, those that are lost are off, and nothing goes wrong any more. */
function endFairly(world: RestoreWorld, wish: Wish): void {
  for (const name of wish.lost) Object.assign(world.host(name), { isRunning: false, isGone: true });
  for (const name of wish.members) {
    world.host(name).wish = wish;
    world.host(name).files.add(wish.sha256);
  }
  for (let round = 0; round < 3; round++) for (const name of wish.members) world.tick(name, [], Infinity);
}

describe("restores", () => {
  test("never give two clusters a majority, never mix snapshots, and every fair run ends with the newest", (t) => {
    t.diagnostic(`RESTORE_SEED=${seed}`);
    let restores = 0;
    fc.assert(
      fc.property(run, ({ size, asked, events }) => {
        const all = names.slice(0, size);
        const world = new RestoreWorld(all);
        const wishes = asked.map(({ number, snapshot, open }) => ({
          number,
          sha256: digest(snapshot),
          members: all,
          lost: [],
          open,
        }));
        for (const [index, one] of events.entries()) {
          happen(world, wishes, one);
          assertLaw(world, `event ${index}`);
        }
        restores += world.made.length;
        const newest = { number: 9, sha256: digest("c"), members: all, lost: [], open: true };
        endFairly(world, newest);
        assertLaw(world, "the end");
        assert.deepEqual(world.majorities(), [clusterIdOf(newest)]);
        for (const name of all) assert.ok(world.isMember(name, clusterIdOf(newest)), name);
      }),
      { numRuns: 6000, seed },
    );
    assert.ok(restores > 6000, `${restores} restores were made`);
  });

  test("onto fewer hosts wait for those that were said to be lost, and then the law holds too", (t) => {
    t.diagnostic(`RESTORE_SEED=${seed}`);
    const smaller = fc.record({
      size: fc.constantFrom(3, 5),
      kept: fc.integer({ min: 1, max: 4 }),
      events: history,
    });
    let waited = 0;
    fc.assert(
      fc.property(smaller, ({ size, kept, events }) => {
        const all = names.slice(0, size);
        const members = all.slice(0, Math.min(kept, size - 1));
        const wish = { number: 1, sha256: digest("a"), members, lost: all.slice(members.length), open: true };
        const world = new RestoreWorld(all);
        let isLost = false;
        for (const [index, one] of events.entries()) {
          // who is said to be lost and off is off for good
          for (const name of wish.lost) if (!world.host(name).isRunning) world.host(name).isGone = true;
          const begun = world.clusters.get(clusterIdOf(wish))?.started;
          if (one.what === "disk lost" && begun?.has(pick(world.hosts, one.host).name) === true) isLost = true;
          // nobody is silent to him who asks: whoever is said to be lost and is not may not hide
          happen(
            world,
            [wish],
            one.what === "tick" ? { ...one, silent: one.silent.filter((name) => !wish.lost.includes(name)) } : one,
          );
          assertLaw(world, `event ${index}`);
          if (one.what === "tick" && /said to be lost/.test(world.tick(pick(world.hosts, one.host).name, [], 0)))
            waited += 1;
        }
        endFairly(world, wish);
        assertLaw(world, "the end");
        // a member that has lost its disk after it had begun is lost
        if (!isLost) assert.deepEqual(world.majorities(), [clusterIdOf(wish)]);
      }),
      { numRuns: 4000, seed },
    );
    assert.ok(waited > 600, `${waited} looks waited`);
  });
});
