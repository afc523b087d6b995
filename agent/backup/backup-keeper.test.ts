// The keeper beside the ticks: what it does when it is nudged, and what it tells.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createTurns } from "#agent/beside/turns.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeMember, hourMs, ruleOf } from "#agent/testing/fake-member.ts";
import { backupLine, backupWarnings } from "#agent/report/etcd-backup-text.ts";
import { createBackupKeeper } from "./backup-keeper.ts";
import { memberStateIn } from "./ask-member.ts";

function prepared() {
  const clock = new FakeClock({ auto: true });
  const host = new FakeMember(ruleOf("h1", ["h1"]));
  const turns = createTurns();
  const keeper = createBackupKeeper({ hostFor: () => host, clock, turns, log: pino({ level: "silent" }) });
  const told = (): readonly string[] => {
    const report = keeper.report();
    return report === undefined ? [] : [backupLine(report, clock.now()), ...backupWarnings(report, clock.now())];
  };
  /** Resolves when what the nudge began has ended. */
  const nudge = async (): Promise<void> => {
    keeper.nudge(host.rule);
    for (let count = 0; count < 100; count++) await Promise.resolve();
    await clock.sleep(1);
  };
  return { clock, host, keeper, nudge, told, turns };
}

test("it makes what is due, says so, and then nothing until the next turn", async () => {
  const { clock, host, keeper, nudge, told } = prepared();
  assert.deepEqual([keeper.report(), told()], [undefined, []]);

  await nudge();
  const calls = [...host.calls];
  await nudge();

  assert.deepEqual(calls, ["makeDirectory", "takeSnapshot", "keep", "keep", "drillRestore", "keep"]);
  await nudge();
  assert.deepEqual([host.calls, host.cleared], [calls, 2]);
  assert.match(
    told().join("\n"),
    /^etcd backup .*Z \(0s ago\), revision 1, 5 kB, 1 kept in \/var\/lib\/flexkube-backup/,
  );
  await clock.sleep(25 * hourMs);
  assert.match(told().join("\n"), /\netcd backup: the newest one is of /);
});

test("a failure is counted and told, tried again after a pause, and forgotten with the next success", async () => {
  const { clock, host, keeper, nudge, told } = prepared();
  host.disk.capacity = 100;

  await nudge();
  await nudge();
  assert.equal(keeper.report()?.failures, 1);
  assert.match(told().join("\n"), /none yet.*\netcd backup: .*has 100 bytes left, and 8192 are needed/);

  host.disk.capacity = Number.MAX_SAFE_INTEGER;
  await nudge();
  assert.equal(keeper.report()?.kept, 0);
  await clock.sleep(15_000);
  await nudge();

  assert.deepEqual([keeper.report()?.kept, keeper.report()?.problem, keeper.report()?.failures], [1, undefined, 1]);
});

test("where backups are not wanted any more nothing is done or told; once closed neither", async () => {
  const { host, keeper, nudge, turns } = prepared();
  keeper.nudge(undefined);
  assert.equal(keeper.report(), undefined);
  await turns.close();
  await nudge();
  assert.deepEqual(host.calls, []);
});

test("a member's answer is read as etcd gives it, and refused where something is missing", () => {
  const answer = {
    header: { cluster_id: "14841639068965178418", member_id: "1", revision: "7", raft_term: "2" },
    version: "3.5.35",
    dbSize: "20480",
    leader: "1",
    errors: ["memberID:1 alarm:CORRUPT "],
  };
  assert.deepEqual(memberStateIn(answer), {
    clusterId: "cdf818194e3a8c32",
    revision: 7,
    dbBytes: 20_480,
    version: "3.5.35",
    isLearner: false,
    errors: ["memberID:1 alarm:CORRUPT "],
  });
  for (const wrong of [{}, null, { ...answer, header: {} }, { ...answer, version: 3 }, { ...answer, dbSize: "x" }])
    assert.throws(() => memberStateIn(wrong), /etcd's answer lacks a field/);
});
