// Which backup is the newest where a directory has those of more than one cluster, since etcd began anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backupFileName } from "./backup-name.ts";
import type { BackupName } from "./backup-name.ts";
import type { BackupRecord } from "./backup-record.ts";
import { judgeBackups } from "./judge-backups.ts";

const owner = { cluster: "demo", member: "h1" };
const hourMs = 3_600_000;

function goodOf(backups: readonly BackupName[], clusterId?: string): readonly string[] {
  const named = backups.map((said) => ({ said, name: backupFileName(owner, said), bytes: 4128 }));
  const records = named.map(({ said, name, bytes }): readonly [string, BackupRecord] => {
    const about = { version: 1 as const, ...owner, members: ["h1"], token: "t", generation: 1, etcdVersion: "3.6.16" };
    const takenAt = new Date(said.takenAt).toISOString();
    return [name, { ...about, ...said, takenAt, sha256: "0".repeat(64), bytes }];
  });
  const { good } = judgeBackups(named, { ...owner, clusterId, records: new Map(records) });
  return good.map(({ clusterId: of, revision }) => `${of} ${revision}`);
}

const at = (clusterId: string, revision: number, hour: number): BackupName => ({
  clusterId,
  revision,
  takenAt: hour * hourMs,
});

test("within a cluster the newest is that of the highest revision, whatever a clock said", () => {
  assert.deepEqual(goodOf([at("a", 5, 3), at("a", 7, 1), at("a", 6, 9)]), ["a 7", "a 6", "a 5"]);
});

test("a cluster that began anew with lower revisions, as after `--new-cluster` or a second restore, is the newer one", () => {
  const former = [at("a", 1000, 1), at("a", 2000, 2)];
  assert.deepEqual(goodOf([...former, at("b", 3, 3)]), ["b 3", "a 2000", "a 1000"]);
  assert.deepEqual(goodOf([...former, at("b", 3, 3)], "a"), ["a 2000", "a 1000"]);
});

test("the order does not depend on that of the files, and clusters are not mixed", () => {
  const backup = fc.record({
    clusterId: fc.constantFrom("a", "b", "c"),
    revision: fc.integer({ min: 1, max: 9 }),
    takenAt: fc.integer({ min: 1, max: 9 }).map((hour) => hour * hourMs),
  });
  const backups = fc.uniqueArray(backup, { selector: (said) => backupFileName(owner, said), maxLength: 8 });
  fc.assert(
    fc.property(backups, (some) => {
      const order = goodOf(some);
      assert.deepEqual(goodOf(some.toReversed()), order);
      const clusters = order.map((text) => text.split(" ")[0]);
      const runs = clusters.filter((one, index) => one !== clusters[index - 1]);
      assert.equal(new Set(runs).size, runs.length);
    }),
  );
});
