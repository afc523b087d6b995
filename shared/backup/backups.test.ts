// Names, records, judgement and turns of backups.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDrillDue, nextBackupAt, offsetOf } from "./backup-due.ts";
import { backupFileName, parseBackupName, parseDamagedName } from "./backup-name.ts";
import { parseBackupRecord } from "./backup-record.ts";
import { judgeBackups, surplusOf } from "./judge-backups.ts";

const owner = { cluster: "demo", member: "h1" };
const said = { clusterId: "cdf818194e3a8c32", revision: 48_211, takenAt: Date.UTC(2026, 10, 29, 6) };
const name = "demo-h1-cdf818194e3a8c32-48211-20261129T060000Z.db";
const record = {
  version: 1 as const,
  ...owner,
  clusterId: said.clusterId,
  revision: said.revision,
  takenAt: "2026-11-29T06:00:00.000Z",
  sha256: "0".repeat(64),
  bytes: 4128,
  etcdVersion: "3.5.35",
  members: ["h1"],
  token: "demo",
};

describe("a backup's name", () => {
  test("says whose it is, of which cluster, up to which revision, and when", () => {
    assert.equal(backupFileName(owner, said), name);
    assert.deepEqual(parseBackupName(name, owner), said);
  });

  test("of another member, or spelled in another way, is none of this member's", () => {
    for (const wrong of [
      name.replace("demo-h1", "demo-h10"),
      name.replace("demo-h1", "demo2-h1"),
      name.replace("48211", "048211"),
      name.replace("48211", "99999999999999999"),
      name.replace("20261129", "20261131"),
      `${name}.json`,
      `x/${name}`,
    ])
      assert.equal(parseBackupName(wrong, owner), undefined, wrong);
    assert.equal(parseDamagedName(`${name}.damaged`, owner), name);
    assert.equal(parseDamagedName("notes.damaged", owner), undefined);
  });
});

describe("judgement", () => {
  const files = [
    { name, bytes: 4128 },
    { name: `${name}.json`, bytes: 300 },
  ];
  const judge = (changed: object, found = files) =>
    judgeBackups(found, { ...owner, records: new Map([[name, { ...record, ...changed }]]) });

  test("a backup is good with a record that fits, and else has to be looked into", () => {
    assert.deepEqual(
      judge({}).good.map((one) => one.name),
      [name],
    );
    for (const other of [{ bytes: 1 }, { revision: 1 }, { clusterId: "1" }]) {
      assert.deepEqual(judge(other).good, []);
      assert.equal(judge(other).unproven.length, 1);
    }
  });

  test("one whose record names another owner is his, though his names make the same beginning", () => {
    for (const other of [{ cluster: "demo-h1", member: "x" }, { member: "h2" }])
      assert.deepEqual(judge(other), { good: [], unproven: [], damaged: [], orphans: [] });
  });

  test("a record whose backup is gone is told, and nobody else's", () => {
    const found = judge({}, [
      { name: `${name}.json`, bytes: 300 },
      { name: "x.json", bytes: 1 },
    ]);
    assert.deepEqual(found.orphans, [`${name}.json`]);
  });

  test("the newest is that of the highest revision, and never goes, however few are to be kept", () => {
    const many = [3, 1, 2].map((revision) => ({ ...said, revision, takenAt: said.takenAt - revision * 1000 }));
    const names = many.map((one) => backupFileName(owner, one));
    const records = new Map(names.map((one, at) => [one, { ...record, revision: many[at]?.revision ?? 0 }]));
    const { good } = judgeBackups(
      names.map((one) => ({ name: one, bytes: 4128 })),
      { ...owner, records },
    );
    assert.deepEqual(
      good.map(({ revision }) => revision),
      [3, 2, 1],
    );
    assert.deepEqual(
      surplusOf(good, 2).map(({ revision }) => revision),
      [1],
    );
    assert.deepEqual(
      surplusOf(good, 0).map(({ revision }) => revision),
      [1, 2],
    );
  });

  test("a record that is torn, of another version or no JSON is none", () => {
    const text = JSON.stringify(record);
    assert.deepEqual(parseBackupRecord(text), record);
    for (const wrong of [text.slice(0, 40), text.replace('"version":1', '"version":2'), "", "[]", "null"])
      assert.equal(parseBackupRecord(wrong), undefined);
  });
});

describe("turns", () => {
  test("members have turns of their own, spread over the time between two", () => {
    const members = ["b", "a", "c"];
    assert.deepEqual(
      ["a", "b", "c"].map((member) => offsetOf(member, members, 12_000)),
      [0, 4000, 8000],
    );
  });

  test("what was made in a turn or after it is enough until the next one, whatever the turn's length", () => {
    for (let everyMs = 10_000; everyMs < 2e8; everyMs = Math.ceil(everyMs * 1.7))
      for (const offsetMs of [0, 1, 333, 3333, everyMs - 1]) {
        const turn = Math.floor(said.takenAt / everyMs) * everyMs + offsetMs;
        for (const now of [turn, turn + 1, turn + everyMs / 2]) {
          const takenAt = Math.floor(now / 1000) * 1000;
          const next = nextBackupAt({ everyMs, offsetMs }, [{ takenAt }], now);
          assert.ok(next > now && next <= turn + 2 * everyMs, `${everyMs} ${offsetMs} ${now - turn}`);
        }
      }
  });

  test("without one it is due at once, also when the only ones are of years to come", () => {
    const turns = { everyMs: 3_600_000, offsetMs: 0 };
    assert.equal(nextBackupAt(turns, [], 5), 5);
    assert.equal(nextBackupAt(turns, [{ takenAt: said.takenAt }], 5), 5);
  });

  test("a drill is due once a week", () => {
    const day = 86_400_000;
    assert.deepEqual(
      [undefined, 0, 6.9 * day, 7 * day, -8 * day].map((ago) =>
        isDrillDue(ago === undefined ? undefined : 100 * day - ago, 100 * day),
      ),
      [true, false, false, true, true],
    );
  });
});
