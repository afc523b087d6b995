// Care of etcd on three hosts: who does what in which order, with a kill before and after every call.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { doCare } from "#agent/etcd-care/do-care.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { careRuleOf, FakeEtcdCare } from "#agent/testing/fake-etcd-care.ts";
import { Cut } from "#agent/testing/memory-disk.ts";

const mebibyte = 2 ** 20;
const names = ["h1", "h2", "h3"] as const;
const lockMs = 30_000;

/** One turn of each host's agent, and time goes on; whether one was killed. */
async function round(world: FakeEtcdCare, clock: FakeClock): Promise<boolean> {
  let isCut = false;
  for (const name of names)
    try {
      await doCare({ host: world.host(name), rule: careRuleOf(name), clock });
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      isCut = true;
    }
  await clock.sleep(10_000);
  // nobody renews the lease of one that was killed, which lasts so long
  if (world.held !== undefined && world.held.since + lockMs <= clock.now()) world.held = undefined;
  return isCut;
}

function worldOf(size: number, inUse: number): { readonly clock: FakeClock; readonly world: FakeEtcdCare } {
  const clock = new FakeClock({ auto: true });
  return { clock, world: new FakeEtcdCare(clock, { size: size * mebibyte, inUse: inUse * mebibyte }) };
}

const stepsOf = ({ done }: FakeEtcdCare, ...kinds: readonly string[]): readonly string[] =>
  done.filter((call) => kinds.some((kind) => call.startsWith(kind)));

describe("care of etcd", () => {
  test("a fragmented database shrinks on three members under the lock, the leader last, and then nothing happens", async () => {
    const { clock, world } = worldOf(1000, 100);
    for (let count = 0; count < 20; count++) await round(world, clock);
    const wanted = ["h2", "h3", "h1"].flatMap((name) => [`take ${name}`, `defragment ${name}`, `free ${name}`]);
    assert.deepEqual(stepsOf(world, "take", "defragment", "free"), wanted);
  });

  test("nobody stops while a member is silent, or another host or a tick holds the lock", async () => {
    const { clock, world } = worldOf(1000, 100);
    world.silent.add("h3");
    await round(world, clock);
    world.silent.clear();
    const held = { component: "etcd", container: "etcd-h2", since: Infinity, nonce: "x" };
    for (const host of names) {
      world.held = { host, ...held };
      await round(world, clock);
    }
    assert.deepEqual(world.done, []);
  });

  /** A quota that is full of what may go; all members have the alarm, or one. */
  function full(alarmed: readonly string[]) {
    const prepared = worldOf(100, 5);
    prepared.world.quotaBytes = 100 * mebibyte;
    prepared.world.alarms = alarmed.map((memberId) => ({ memberId, alarm: "NOSPACE" }));
    return prepared;
  }

  test("NOSPACE: all shrink without the lock, one after the other, then each alarm is disarmed once, and not again within a day", async () => {
    const { clock, world } = full(names);
    for (let count = 0; count < 20; count++) await round(world, clock);
    assert.deepEqual(stepsOf(world, "take", "defragment"), ["defragment h2", "defragment h3", "defragment h1"]);
    assert.deepEqual(stepsOf(world, "disarm").toSorted(), ["disarm h1", "disarm h2", "disarm h3"]);
    assert.deepEqual(world.alarms, []);

    world.alarms = [{ memberId: "h2", alarm: "NOSPACE" }];
    await round(world, clock);
    const { decision } = await doCare({ host: world.host("h2"), rule: careRuleOf("h2"), clock });
    assert.equal(decision.kind, "tell");
    assert.equal(world.alarms.length, 1);
    await clock.sleep(24 * 3_600_000);
    await round(world, clock);
    assert.deepEqual(world.alarms, []);
  });

  /** Nothing could go at first; what was compacted since no member tells. */
  function compacted(alarmed: readonly string[]) {
    const prepared = full(alarmed);
    for (const name of names)
      prepared.world.data[name] = { size: 100 * mebibyte, inUse: 100 * mebibyte, told: 100 * mebibyte };
    prepared.world.compact(5 * mebibyte);
    return prepared;
  }

  test("NOSPACE after a compaction that no size tells of: one member shrinks and tells, and the others follow it", async () => {
    const { clock, world } = compacted(["h2"]);
    for (let count = 0; count < 20; count++) await round(world, clock);
    assert.deepEqual(stepsOf(world, "defragment"), ["defragment h2", "defragment h3", "defragment h1"]);
    assert.deepEqual(world.alarms, []);
  });

  test("NOSPACE and truly full: one member is defragmented once for each compaction, and nothing is disarmed", async () => {
    const { clock, world } = compacted(names);
    world.compact(95 * mebibyte);
    for (let count = 0; count < 50; count++) await round(world, clock);
    assert.deepEqual(stepsOf(world, "defragment"), ["defragment h2"]);
    world.compact(95 * mebibyte);
    for (let count = 0; count < 50; count++) await round(world, clock);
    assert.deepEqual(stepsOf(world, "defragment", "disarm"), ["defragment h2", "defragment h2"]);
    world.compact(5 * mebibyte);
    for (let count = 0; count < 50; count++) await round(world, clock);
    assert.deepEqual(world.alarms, []);
  });

  test("NOSPACE where nobody else compacts: what was deleted is forgotten once, then all shrink and write again", async () => {
    const { clock, world } = full(names);
    for (const name of names) world.data[name] = { size: 100 * mebibyte, inUse: 100 * mebibyte, told: 100 * mebibyte };
    world.delete(5 * mebibyte);
    for (let count = 0; count < 5; count++) await round(world, clock);
    assert.deepEqual(stepsOf(world, "compact"), []);

    world.done.length = 0;
    world.compacts = true;
    for (let count = 0; count < 20; count++) await round(world, clock);

    assert.deepEqual(stepsOf(world, "compact"), ["compact h1"]);
    assert.deepEqual(stepsOf(world, "defragment"), ["defragment h2", "defragment h3", "defragment h1"]);
    assert.deepEqual(world.alarms, []);
    world.delete(1 * mebibyte);
    for (let count = 0; count < 20; count++) await round(world, clock);
    assert.deepEqual(stepsOf(world, "compact"), ["compact h1"]);
  });

  const event = fc.oneof(
    fc.record({ delete: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ compact: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ leader: fc.constantFrom(...names) }),
    fc.record({ silent: fc.constantFrom(...names) }),
    fc.record({ kill: fc.integer({ min: 0, max: 5 }) }),
  );

  test("NOSPACE, whatever is compacted, leads, is silent or is killed: nobody shrinks beside a silent one, and with room it ends writable", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 12 }),
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        async (events, last, compacts) => {
          const { clock, world } = compacted(names);
          world.compacts = compacts;
          let kills = 0;
          for (const each of events) {
            if ("delete" in each) world.delete(Math.min(each.delete * mebibyte, world.data.h1.inUse));
            if ("compact" in each) world.compact(Math.min(each.compact * mebibyte, world.data.h1.inUse));
            if ("leader" in each) world.leader = each.leader;
            if ("kill" in each) world.killAfter = each.kill;
            if ("silent" in each) world.silent.add(each.silent);
            const before = stepsOf(world, "defragment", "disarm").length;
            kills += (await round(world, clock)) ? 1 : 0;
            if (world.silent.size > 0) assert.equal(stepsOf(world, "defragment", "disarm").length, before);
            world.silent.clear();
          }
          const left = Math.min(last * mebibyte, world.data.h1.inUse);
          if (compacts) world.delete(left);
          else world.compact(left);
          for (let count = 0; count < 60; count++) kills += (await round(world, clock)) ? 1 : 0;
          assert.deepEqual(world.alarms, []);
          const compactions = world.oldestRevision - 7;
          for (const name of names)
            assert.ok(stepsOf(world, `defragment ${name}`).length <= compactions + kills, world.done.join("\n"));
        },
      ),
    );
  });

  test("killed before and after every call: it ends small and writable, and nothing is disarmed twice", async () => {
    for (const prepare of [() => worldOf(1000, 100), () => full(["h1", "h3"]), () => compacted(["h2"])]) {
      let cuts = 0;
      for (let at = 0, isLast = false; !isLast; at++) {
        const { clock, world } = prepare();
        world.killAfter = at;
        let count = 0;
        for (let turn = 0; turn < 30; turn++) count += (await round(world, clock)) ? 1 : 0;
        isLast = count === 0;
        cuts += count;
        assert.deepEqual(world.alarms, [], `${at}`);
        assert.equal(world.held, undefined, `${at}`);
        assert.ok(
          names.every((name) => world.data[name].size === world.data[name].inUse),
          `${at}`,
        );
        const disarmed = stepsOf(world, "disarm");
        assert.equal(new Set(disarmed).size, disarmed.length, `${at}: ${disarmed.join()}`);
        const records = [...world.records.values()].map(({ disarm }) => disarm?.done);
        assert.ok(!records.includes(false), `${at}`);
      }
      assert.ok(cuts > 15, `${cuts} were killed`);
    }
  });

  test("CORRUPT: nothing is done to any member, whatever else is so", async () => {
    const { clock, world } = full(names);
    world.alarms.push({ memberId: "h3", alarm: "CORRUPT" });
    for (let count = 0; count < 10; count++) await round(world, clock);
    assert.deepEqual(world.done, []);
    assert.equal(world.alarms.length, 4);
  });
});
