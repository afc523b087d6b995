// What an etcd member needs, and what it waits for.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { CareDecision, CaredMember, CareSeen } from "./care-seen.ts";
import { decideCare, settledRecord } from "./decide-care.ts";

const mebibyte = 2 ** 20;
const hourMs = 3_600_000;
const now = Date.UTC(2026, 10, 29);
const idOf = (name: string): string => String(Number(name.slice(1)) * 11);

type Sizes = { readonly size?: number; readonly inUse?: number };

/** h1 leads unless said otherwise. */
function member(name: string, { size = 20, inUse = 10 }: Sizes = {}, changed: Partial<CaredMember> = {}): CaredMember {
  const well = { sizeBytes: size * mebibyte, inUseBytes: inUse * mebibyte, isLeader: name === "h1" };
  return { id: idOf(name), name, isLearner: false, well, ...changed };
}

const small = (): CaredMember[] => [member("h1"), member("h2"), member("h3")];
const large = { size: 400, inUse: 100 };

function seenBy(self: string, changed: Partial<CareSeen> = {}): CareSeen {
  return {
    self,
    host: self,
    members: small(),
    alarms: [],
    quotaBytes: 2048 * mebibyte,
    oldestRevision: 1,
    newestRevision: 100,
    compacts: false,
    lock: {},
    isBackedUpNow: false,
    record: {},
    now,
    everyMs: 24 * hourMs,
    ...changed,
  };
}

function said(decision: CareDecision): string {
  return "reason" in decision ? `${decision.kind}: ${decision.reason}` : decision.kind;
}

function decided(self: string, changed: Partial<CareSeen>): string {
  return said(decideCare(seenBy(self, changed)));
}

const noSpace = (name: string): CareSeen["alarms"][number] => ({ memberId: idOf(name), alarm: "NOSPACE" });
const members = (second: Sizes, first: Sizes = {}): CaredMember[] => [
  member("h1", first),
  member("h2", second),
  member("h3"),
];

describe("a member is defragmented", () => {
  test("when more is free than in use and than 100 MiB, or the file takes half of the quota without need", () => {
    for (const [second, quota, wanted] of [
      [{ size: 20, inUse: 10 }, 2048, "nothing"],
      [{ size: 101, inUse: 1 }, 2048, "nothing"],
      [{ size: 102, inUse: 1 }, 2048, "defragment"],
      [{ size: 400, inUse: 200 }, 2048, "nothing"],
      [{ size: 401, inUse: 200 }, 2048, "defragment"],
      [{ size: 40, inUse: 20 }, 79, "defragment"],
      [{ size: 40, inUse: 20 }, 80, "nothing"],
      [{ size: 1500, inUse: 1400 }, 2048, "nothing"],
      [{ size: 1500, inUse: 1300 }, 2048, "defragment"],
    ] as const)
      assert.equal(
        decided("h2", { members: members(second), quotaBytes: quota * mebibyte }),
        wanted,
        JSON.stringify([second, quota]),
      );
  });

  test("at most once in the time that is said, whatever a clock that was ahead has written", () => {
    const at = (defragmentedAt: number): string =>
      decided("h2", { members: members(large), record: { defragmentedAt } });
    assert.deepEqual(
      [at(now - 24 * hourMs), at(now - 24 * hourMs + 1), at(now + hourMs)],
      ["defragment", "nothing", "defragment"],
    );
  });

  test("one at a time, the leader last, while all others answer and nobody takes over the data or a backup", () => {
    const all = { members: [member("h1", large), member("h2", large), member("h3", large)] };
    assert.equal(decided("h3", all), "defragment");
    assert.match(decided("h1", all), /^wait: h2 is defragmented first: the leader comes last/);
    assert.equal(decided("h1", { members: members({}, large) }), "defragment");
    const [first, second] = all.members;
    assert.ok(first !== undefined && second !== undefined);
    const third = (changed: Partial<CaredMember>): string =>
      decided("h2", { members: [first, second, member("h3", {}, changed)] });
    assert.match(third({ well: undefined }), /^wait: etcd-h3 does not answer; one member at a time/);
    assert.match(third({ well: undefined, name: "" }), /^wait: member 33 does not answer/);
    assert.match(third({ isLearner: true }), /^wait: etcd-h3 is a learner/);
    assert.match(decided("h2", { ...all, isBackedUpNow: true }), /^wait: a backup/);
  });

  test("under the disruption lock, which a tick of the same host holds as well as another host", () => {
    const withLock = (lock: CareSeen["lock"]): CareDecision =>
      decideCare(seenBy("h2", { members: members(large), lock }));
    const heldBy = (host: string, component: string): string => said(withLock({ holder: { host, component } }));
    assert.match(heldBy("h3", "etcd-care"), /^wait: h3 holds the disruption lock for etcd-care/);
    assert.match(heldBy("h2", "kube-apiserver"), /^wait: h2 holds the disruption lock for kube-apiserver/);
    assert.equal(heldBy("h2", "etcd-care"), "defragment");
    assert.match(said(withLock({ unknown: "no answer" })), /^wait: the disruption lock cannot be asked for: no answer/);
    assert.deepEqual(withLock({}), { kind: "defragment", locked: true });
    assert.deepEqual(withLock(undefined), { kind: "defragment", locked: false });
  });
});

describe("NOSPACE", () => {
  const quotaBytes = 100 * mebibyte;
  const full = { size: 100, inUse: 10 };
  const tight = { size: 10, inUse: 10 };
  const most = { size: 80, inUse: 80 };
  /** This member has been defragmented since. */
  const compacted = { oldestRevision: 9, record: { defragmentedFrom: 9 } };
  const smallOnes = [member("h1", tight), member("h2", tight), member("h3", tight)];

  test("lets members shrink one after the other in an order that all know, since the lock's key cannot be written", () => {
    const seen = {
      quotaBytes,
      alarms: [noSpace("h2")],
      members: [member("h1", full), member("h2", full), member("h3", full)],
    };
    assert.deepEqual(decideCare(seenBy("h2", seen)), { kind: "defragment", locked: false, from: 1 });
    assert.match(decided("h3", seen), /^wait: h2 is defragmented first/);
    assert.match(decided("h1", seen), /^wait: h2 is defragmented first: the leader comes last/);
  });

  describe("after a compaction that no member's size tells of", () => {
    const alarms = [noSpace("h2")];
    const stale = {
      quotaBytes,
      alarms,
      oldestRevision: 9,
      members: [member("h1", most), member("h2", most), member("h3", most)],
    };

    test("the first of those that do not lead is defragmented though its size says no, once for each compaction", () => {
      assert.deepEqual(decideCare(seenBy("h2", stale)), { kind: "defragment", locked: false, from: 9 });
      for (const name of ["h1", "h3"]) assert.match(decided(name, stale), /^tell: .*remove keys/);
      const again = (defragmentedFrom: number): string => decided("h2", { ...stale, record: { defragmentedFrom } });
      assert.equal(again(8), "defragment");
      assert.match(again(9), /^tell: .*remove keys/);
      assert.match(decided("h2", { ...stale, record: { defragmentedAt: now - 59_000 } }), /^tell/);
      assert.match(decided("h2", { ...stale, oldestRevision: 1 }), /^tell/);
    });

    test("its size then tells of all others, which have the same data: they follow in their order, and nothing is disarmed before", () => {
      const first = [member("h1", most), member("h2", tight), member("h3", most)];
      const done = { defragmentedFrom: 9 };
      assert.match(
        decided("h2", { ...stale, members: first, record: done }),
        /^wait: .*etcd-h1, etcd-h3 is defragmented/,
      );
      assert.equal(decided("h3", { ...stale, members: first }), "defragment");
      assert.match(
        decided("h1", { ...stale, members: first }),
        /^wait: h3 is defragmented first: the leader comes last/,
      );
      const second = [member("h1", most), member("h2", tight), member("h3", tight)];
      assert.equal(decided("h1", { ...stale, members: second }), "defragment");
      assert.equal(decided("h2", { ...stale, members: smallOnes, record: done }), "disarm");
    });

    test("a member that stands alone is its own first", () => {
      const alone = { ...stale, alarms: [noSpace("h1")], members: [member("h1", most)], lock: undefined };
      assert.equal(decided("h1", alone), "defragment");
    });
  });

  test("is disarmed by its own member's host, once its cause is gone", () => {
    const seen = { ...compacted, quotaBytes, alarms: [noSpace("h2")], members: smallOnes };
    assert.deepEqual(decideCare(seenBy("h2", seen)), { kind: "disarm", memberId: idOf("h2") });
    assert.match(decided("h1", seen), /^wait: NOSPACE is another member's/);
    const silent = [member("h1", tight), member("h2", tight), member("h3", tight, { well: undefined })];
    assert.match(decided("h2", { ...seen, members: silent }), /^wait: etcd-h3 does not answer/);
    const unequal = [member("h1", full), member("h2", tight), member("h3", tight)];
    assert.match(
      decided("h2", { ...seen, members: unequal }),
      /^wait: NOSPACE is disarmed when etcd-h1 is defragmented/,
    );
    assert.match(decided("h2", { ...seen, oldestRevision: 1 }), /^tell: .*no revision was ever compacted/);
    const inUse = [member("h1", most), member("h2", most), member("h3", most)];
    assert.match(
      decided("h2", { ...seen, members: inUse }),
      /^tell: .*quota of 104857600 bytes are in use: h1 83886080, h2 83886080, h3 83886080; remove keys/,
    );
  });

  test("is not disarmed a second time within a day, but what was cut short is gone on with", () => {
    const seen = { ...compacted, quotaBytes, alarms: [noSpace("h2")], members: smallOnes };
    const after = (ms: number, done: boolean): string =>
      decided("h2", { ...seen, record: { ...compacted.record, disarm: { at: now - ms, done } } });
    assert.match(after(23 * hourMs, true), /^tell: .*was disarmed at 2026-11-28T01:00:00Z and came back/);
    assert.equal(after(24 * hourMs, true), "disarm");
    assert.equal(after(1, false), "disarm");
    const cut = { record: { disarm: { at: now - 1, done: false } } };
    assert.deepEqual(settledRecord(seenBy("h2", cut)), { disarm: { at: now - 1, done: true } });
    assert.equal(settledRecord(seenBy("h2", { ...seen, ...cut })), cut.record);
  });
});

test("CORRUPT is never disarmed, and the member is named for replacement", () => {
  const alarms = [noSpace("h1"), { memberId: idOf("h3"), alarm: "CORRUPT" }, { memberId: "7", alarm: "CORRUPT" }];
  for (const name of ["h1", "h2", "h3"])
    assert.match(
      decided(name, { alarms, members: members(large, large) }),
      /^tell: etcd-h3, member 7: .*replace the member/,
    );
});

test("CORRUPT of no member that etcd names is told with what tells whose it is", () => {
  const alarms = [{ memberId: "0", alarm: "CORRUPT" }];
  assert.match(
    decided("h1", { alarms }),
    /^tell: the data of a member differs, and etcd does not say whose .*hashkv --cluster/,
  );
});

test("without space, what was deleted is forgotten by the hosts where nobody else compacts, until nothing newer is there", () => {
  const full = {
    alarms: [noSpace("h1")],
    members: ["h1", "h2", "h3"].map((name) => member(name, { size: 90, inUse: 90 })),
    quotaBytes: 100 * mebibyte,
    newestRevision: 12,
    record: { defragmentedFrom: 9 },
  };
  const compacts = { ...full, compacts: true };
  assert.deepEqual(decideCare(seenBy("h1", { ...compacts, oldestRevision: 9 })), { kind: "compact", revision: 12 });
  assert.match(
    decided("h1", { ...compacts, oldestRevision: 12, record: { defragmentedFrom: 12 } }),
    /^tell: .*delete objects, or raise/,
  );
  assert.match(decided("h1", { ...full, oldestRevision: 9 }), /^tell: .*remove keys and compact, or raise/);
  assert.equal(
    decided("h1", { ...compacts, alarms: [], oldestRevision: undefined, newestRevision: undefined }),
    "nothing",
  );
});

const sizes = fc.record({ size: fc.integer({ min: 0, max: 300 }), part: fc.double({ min: 0, max: 1, noNaN: true }) });
const anyMember = (name: string) =>
  fc
    .record({ sizes, isSilent: fc.boolean(), isLearner: fc.boolean() })
    .map(({ sizes: { size, part }, isSilent, isLearner }) =>
      member(name, { size, inUse: size * part }, { isLearner, ...(isSilent ? { well: undefined } : {}) }),
    );
const anyAlarm = fc.record({
  memberId: fc.constantFrom("11", "22", "33", "44"),
  alarm: fc.constantFrom("NOSPACE", "CORRUPT", "OTHER"),
});
const anySeen = fc
  .record({
    members: fc.tuple(anyMember("h1"), anyMember("h2"), anyMember("h3")),
    alarms: fc.array(anyAlarm, { maxLength: 2 }),
    lock: fc.constantFrom<CareSeen["lock"]>(
      {},
      undefined,
      { unknown: "x" },
      { holder: { host: "h2", component: "etcd" } },
    ),
    isBackedUpNow: fc.boolean(),
    oldestRevision: fc.constantFrom(1, 9),
    newestRevision: fc.constantFrom(9, 12),
    compacts: fc.boolean(),
    record: fc.record({ defragmentedFrom: fc.constantFrom(1, 9) }),
    quota: fc.integer({ min: 16, max: 400 }),
  })
  .map(({ quota, ...changed }) => ({ ...changed, quotaBytes: quota * mebibyte }));

test("whatever is seen: at most one member stops without a lock, never beside a silent one or a learner, and CORRUPT stays", () => {
  fc.assert(
    fc.property(anySeen, (changed) => {
      const decisions = ["h1", "h2", "h3"].map((self) => decideCare(seenBy(self, changed)));
      const stops = decisions.filter(({ kind }) => kind === "defragment");
      const isWell = changed.members.every(({ well, isLearner }) => well !== undefined && !isLearner);
      assert.ok(stops.length === 0 || (isWell && !changed.isBackedUpNow));
      // without other hosts, as `undefined` says, there are no others to be careful of
      if (changed.lock !== undefined)
        assert.ok(stops.filter((stop) => stop.kind === "defragment" && !stop.locked).length <= 1);
      assert.ok(
        !changed.alarms.some(({ alarm }) => alarm === "CORRUPT") || decisions.every(({ kind }) => kind === "tell"),
      );
      for (const decision of decisions)
        if (decision.kind === "disarm") {
          assert.ok(
            changed.alarms.some(({ memberId, alarm }) => memberId === decision.memberId && alarm === "NOSPACE"),
          );
          assert.ok(
            changed.members.every(({ well }) => well !== undefined && well.inUseBytes < 0.8 * changed.quotaBytes),
          );
        }
    }),
    { numRuns: 2000 },
  );
});
