// Backups of etcd over weeks: three hosts, kills at every call and within each, full disks, damaged and foreign files.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drillBackups, makeDue, judged } from "#agent/backup/make-backup.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeMember, hourMs, ruleOf } from "#agent/testing/fake-member.ts";
import { Cut, snapshotOf } from "#agent/testing/memory-disk.ts";
import type { MemoryDisk } from "#agent/testing/memory-disk.ts";
import { parseBackupName, temporaryNames } from "#shared/backup/backup-name.ts";
import { isFlexkubeError } from "#shared/errors.ts";

const { signal } = new AbortController();
const members = ["h1", "h2", "h3"];

/** One look of the host's agent: done, cut, or why it failed. */
async function turn(host: FakeMember, clock: FakeClock): Promise<string> {
  try {
    await makeDue({ host, rule: host.rule, clock, signal });
    return "done";
  } catch (error) {
    if (error instanceof Cut) return "cut";
    if (isFlexkubeError(error) && "reason" in error.details) return error.details.reason;
    throw error;
  }
}

/** Whole backups by their content, whatever else is known of them. */
function wholeOnes({ disk, rule }: FakeMember): readonly string[] {
  return disk.list().flatMap(({ name }) => {
    const isOwn = parseBackupName(name, rule) !== undefined;
    return isOwn && disk.digest(name).isWhole ? [name] : [];
  });
}

async function goodOnes(host: FakeMember): Promise<readonly string[]> {
  return judged(await host.look(), host.rule, host.state.clusterId).good.map(({ name }) => name);
}

/** Fails as soon as a backup goes while no newer one with a record stands there. */
function watchRemovals(disk: MemoryDisk, rule: FakeMember["rule"]): void {
  const backupsOf = (): readonly string[] =>
    [...disk.files.keys()].filter((name) => parseBackupName(name, rule) !== undefined);
  let before = backupsOf();
  disk.onChange = () => {
    const now = backupsOf();
    for (const name of before.filter((one) => !now.includes(one) && !disk.files.has(`${one}.damaged`))) {
      const { revision = 0 } = parseBackupName(name, rule) ?? {};
      const newer = now.filter((one) => (parseBackupName(one, rule)?.revision ?? 0) > revision);
      const isProven = newer.some((one) => disk.files.has(`${one}.json`) && disk.digest(one).isWhole);
      assert.ok(isProven, `${name} went without a newer one that was verified`);
    }
    before = now;
  };
}

/** Cuts each of six runs at this place, then lets one through; how many were cut. */
async function killedAt(kind: "call" | "disk", at: number): Promise<number> {
  const clock = new FakeClock({ auto: true });
  const host = new FakeMember(ruleOf("h1", ["h1"]));
  watchRemovals(host.disk, host.rule);
  let cuts = 0;
  let made = 0;
  for (let count = 0; count < 6; count++) {
    const before = wholeOnes(host).length;
    host.killAfter = kind === "call" ? at : undefined;
    host.disk.cutAfter = kind === "disk" ? at : undefined;
    cuts += (await laterTurn(host, clock)) === "cut" ? 1 : 0;
    made = Math.max(made, wholeOnes(host).length);
    assert.ok(wholeOnes(host).length >= Math.min(host.rule.keep, before), `${kind} ${at}, run ${count}`);
  }
  host.killAfter = undefined;
  host.disk.cutAfter = undefined;
  assert.equal(await laterTurn(host, clock), "done", `${kind} ${at}`);
  const halfMade = [...host.disk.files.keys()].filter((name) => name.startsWith("."));
  assert.deepEqual(halfMade, [], `${kind} ${at}`);
  assert.equal((await goodOnes(host)).length, Math.min(host.rule.keep, made + 1), `${kind} ${at}`);
  return cuts;
}

/** When the next backup is due, and etcd has gone on. */
async function laterTurn(host: FakeMember, clock: FakeClock): ReturnType<typeof turn> {
  await clock.sleep(12 * hourMs);
  host.state = { ...host.state, revision: host.state.revision + 10 };
  return turn(host, clock);
}

describe("backups of etcd", () => {
  test("each member's host makes its own backup, at its own offset; nothing is removed before a newer verified one is there", async () => {
    const clock = new FakeClock({ auto: true });
    const hosts = members.map((name) => new FakeMember(ruleOf(name, members)));
    const taken = new Map<string, number[]>(members.map((name) => [name, []]));
    for (const host of hosts) watchRemovals(host.disk, host.rule);
    for (let minute = 0; minute < 20 * 24 * 60; minute += 10) {
      for (const host of hosts) {
        const before = host.calls.filter((call) => call === "takeSnapshot").length;
        host.state = { ...host.state, revision: host.state.revision + 1 };
        assert.equal(await turn(host, clock), "done");
        if (host.calls.filter((call) => call === "takeSnapshot").length > before)
          taken.get(host.rule.member)?.push(clock.now());
      }
      await clock.sleep(10 * 60_000);
    }
    for (const [index, host] of hosts.entries()) {
      const times = taken.get(host.rule.member) ?? [];
      // the first comes at once
      for (const time of times.slice(1)) {
        const late = (((time - index * 4 * hourMs) % (12 * hourMs)) + 12 * hourMs) % (12 * hourMs);
        assert.ok(late < 10 * 60_000, `${host.rule.member} made one ${late} ms after its turn`);
      }
      assert.ok(times.length >= 40 && times.length <= 42, `${times.length}`);
      assert.equal((await goodOnes(host)).length, host.rule.keep);
      // the weekly drill: at the first backup, and in the second and third week
      assert.equal(host.restored.length, 3);
    }
  });

  test("a drill is not begun without room for etcd's log, which is told, and the backup is there", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    host.disk.capacity = 64 * 1024 * 1024;
    assert.match(
      await turn(host, clock),
      /bytes left, and 67112992 are needed: make room; the backups that are there stay/,
    );
    assert.deepEqual([(await goodOnes(host)).length, host.restored.length], [1, 0]);
    host.disk.capacity *= 2;
    assert.equal(await turn(host, clock), "done");
    assert.equal(host.restored.length, 1);
  });

  test("the revision in a name was there before the snapshot, however fast others write", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    host.snapshot = () => {
      host.state = { ...host.state, revision: host.state.revision + 7 };
      return snapshotOf(`revision ${host.state.revision}`);
    };
    for (let count = 0; count < 5; count++) {
      assert.equal(await laterTurn(host, clock), "done");
      const [newest = ""] = await goodOnes(host);
      const held = Number(/^revision (\d+)/.exec(host.disk.content(newest).toString("utf8"))?.[1]);
      assert.equal(parseBackupName(newest, host.rule)?.revision, held - 7);
    }
  });

  const kinds = ["call", "disk"] as const;
  for (const kind of kinds)
    test(`killed at every ${kind}: no good one is lost, nothing half made stays, and it goes on`, async () => {
      let cuts = 0;
      // until a place is so late that no run comes to it
      for (let at = 0, last = Infinity; last > 0; at++) {
        last = await killedAt(kind, at);
        cuts += last;
      }
      assert.ok(cuts > 20, `${cuts} runs were cut`);
    });

  test("a full disk: none is removed, it is told, and it goes on when there is room", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    for (let count = 0; count < 3; count++) {
      host.state = { ...host.state, revision: host.state.revision + 1 };
      assert.equal(await turn(host, clock), "done");
      await clock.sleep(12 * hourMs);
    }
    const before = await goodOnes(host);
    host.disk.capacity = host.disk.capacity - host.disk.free + 5000;
    host.state = { ...host.state, revision: 100 };

    assert.match(await turn(host, clock), /has 5000 bytes left, and 8192 are needed/);
    assert.deepEqual(await goodOnes(host), before);

    host.disk.capacity = Number.MAX_SAFE_INTEGER;
    assert.equal(await turn(host, clock), "done");
    assert.equal(judged(await host.look(), host.rule).good[0]?.revision, 100);
  });

  test("a disk that fills once the snapshot is whole: room is asked for, and with it the snapshot is a backup", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    host.hasDirectory = true;
    host.snapshot = () => {
      const made = snapshotOf("revision 1");
      host.disk.onChange = () => {
        const { taking } = temporaryNames(host.rule);
        if (host.disk.files.has(taking)) host.disk.capacity -= host.disk.free;
      };
      return made;
    };
    await assert.rejects(turn(host, clock), /ENOSPC/);
    assert.deepEqual(
      [...host.disk.files.keys()].filter((name) => !name.endsWith(".db")),
      [],
    );
    await clock.sleep(hourMs);

    for (let count = 0; count < 2; count++)
      assert.match(await turn(host, clock), /has 0 bytes left, and 65536 are needed: make room/);
    await assert.rejects(drillBackups({ host, rule: host.rule, clock, signal: new AbortController().signal }), {
      code: "STEP_WAITING",
    });

    host.disk.onChange = undefined;
    host.disk.capacity = Number.MAX_SAFE_INTEGER;
    assert.equal(await turn(host, clock), "done");
    assert.equal((await goodOnes(host)).length, 1);
    assert.equal(host.calls.filter((call) => call === "takeSnapshot").length, 1);
  });

  test("a disk that fills while etcdctl writes leaves nothing half made", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    host.hasDirectory = true;
    host.disk.capacity = 9000;
    host.snapshot = () => snapshotOf("larger than it said", 65_536);

    await assert.rejects(turn(host, clock), /ENOSPC/);

    assert.deepEqual([...host.disk.files.keys()], []);
  });

  test("what a killed run has left takes no room of the next one", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    host.hasDirectory = true;
    host.disk.put(temporaryNames(host.rule).part, snapshotOf("half", 65_536));
    host.disk.capacity = 65_536 + 9000;
    host.state = { ...host.state, dbBytes: 16_384 };

    // the drill alone wants more
    assert.match(await turn(host, clock), /bytes left, and \d{8} are needed/);

    assert.equal((await goodOnes(host)).length, 1);
  });

  test("a flipped byte at rest is found by the weekly drill, told once, and never counted again", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"], { keep: 30 }));
    const told: string[] = [];
    let flipped = "";
    for (let half = 0; half < 20; half++) {
      if (half === 6) {
        flipped = (await goodOnes(host)).at(2) ?? "";
        host.disk.content(flipped).writeUInt8(1, 100);
      }
      host.state = { ...host.state, revision: host.state.revision + 1 };
      for (let again = 0; again < 2; again++) {
        const result = await turn(host, clock);
        if (result !== "done") told.push(`${half}: ${result}`);
      }
      await clock.sleep(12 * hourMs);
    }
    assert.deepEqual(told, [`14: ${flipped} is damaged`]);
    assert.deepEqual(judged(await host.look(), host.rule).damaged, [`${flipped}.damaged`]);
    assert.equal((await goodOnes(host)).length, 19);
    assert.equal(host.restored.length, 2);
  });

  test("files of others, of other clusters and of other members are never touched", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    host.hasDirectory = true;
    const foreign = [
      "demo-h1-dead-5-20200101T000000Z.db",
      "demo-h1-dead-5-20200101T000000Z.db.json",
      "demo-h10-c1-5-20200101T000000Z.db",
      "other-h1-c1-5-20200101T000000Z.db",
      "demo-h1-c1-007-20200101T000000Z.db",
      "demo-h1-c1-7-20200101T000000Z.db.bak",
      "notes.txt",
      ".demo-h2-taking",
    ];
    const other = { version: 1, cluster: "demo", member: "h1", clusterId: "dead", revision: 5, bytes: 4128 };
    for (const name of foreign) host.disk.put(name, snapshotOf(name));
    const record = { ...other, takenAt: "", sha256: "0".repeat(64), etcdVersion: "", members: [], token: "" };
    host.disk.put(foreign[1] ?? "", Buffer.from(JSON.stringify(record)));
    for (let count = 0; count < 10; count++) {
      host.state = { ...host.state, revision: host.state.revision + 1 };
      assert.equal(await turn(host, clock), "done");
      await clock.sleep(12 * hourMs);
    }
    assert.deepEqual(
      foreign.filter((name) => !host.disk.files.has(name)),
      [],
    );
    assert.equal((await goodOnes(host)).length, 3);
  });

  test("what is not whole, older than the last, of a learner or of corrupt data is no backup", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    host.state = { ...host.state, revision: 50 };
    assert.equal(await turn(host, clock), "done");
    const before = await goodOnes(host);
    const told = async (change: Partial<FakeMember["state"]>, snapshot?: () => Buffer): Promise<string> => {
      const [state, whole] = [host.state, host.snapshot];
      host.state = { ...state, ...change };
      host.snapshot = snapshot ?? whole;
      await clock.sleep(12 * hourMs);
      const result = await turn(host, clock);
      host.state = state;
      host.snapshot = whole;
      assert.deepEqual(await goodOnes(host), before);
      assert.ok(!host.disk.files.has(temporaryNames(host.rule).taking));
      return result;
    };
    assert.match(await told({}, () => snapshotOf("x").fill(0, 10, 20)), /is not whole/);
    assert.match(await told({ revision: 49 }), /has lost data; move that file away/);
    assert.match(await told({ isLearner: true }), /learner/);
    assert.match(await told({ errors: ["memberID:1 alarm:CORRUPT "] }), /differs among its members/);
  });

  test("a clock that was years ahead keeps no backup off", async () => {
    const clock = new FakeClock({ auto: true });
    const host = new FakeMember(ruleOf("h1", ["h1"]));
    const ahead = { now: () => clock.now() + 5 * 365 * 24 * hourMs, sleep: clock.sleep.bind(clock) };
    await makeDue({ host, rule: host.rule, clock: ahead, signal });
    host.state = { ...host.state, revision: 2 };

    assert.equal(await turn(host, clock), "done");

    assert.equal((await goodOnes(host)).length, 2);
  });
});
