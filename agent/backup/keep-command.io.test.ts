// The hidden command on a real directory.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { snapshotOf } from "#agent/testing/memory-disk.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { temporaryNames } from "#shared/backup/backup-name.ts";
import { createPatience } from "#agent/files/patience.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { runKeep } from "./keep-command.ts";
import { keepArgument } from "./keep-order.ts";
import type { KeepOrder } from "./keep-order.ts";
import { lookAtBackups } from "./look-at-backups.ts";

const owner = { cluster: "demo", member: "h1" };
const takenAt = Date.UTC(2026, 10, 29, 6);
const order: KeepOrder = {
  owner,
  clusterId: "c1",
  keep: 2,
  about: { etcdVersion: "3.5.35", members: ["h1"], token: "demo", generation: 4 },
};

function prepared(context: TestContext) {
  const directory = temporaryRoot(context);
  const lines: string[] = [];
  const keep = (changed: Partial<KeepOrder>): number =>
    runKeep([keepArgument({ ...order, ...changed })], { directory, print: (line) => lines.push(line) });
  const take = (revision: number, bytes?: number): number => {
    writeFileSync(`${directory}/${temporaryNames(owner).taking}`, snapshotOf(`at ${revision}`, bytes));
    return keep({ taken: { revision, takenAt } });
  };
  return { directory, lines, keep, take, names: () => readdirSync(directory).toSorted() };
}

test("a snapshot becomes a backup with the digest that sha256sum prints, also one of many pages", (context) => {
  const { directory, take, names } = prepared(context);

  assert.equal(take(7, 5 * 1024 * 1024 - 512), 0);

  const backup = "demo-h1-c1-7-20261129T060000Z.db";
  assert.deepEqual(names(), [backup, `${backup}.json`]);
  const sum = execFileSync("sha256sum", [`${directory}/${backup}`], { encoding: "utf8" }).split(" ")[0];
  assert.deepEqual(JSON.parse(readFileSync(`${directory}/${backup}.json`, "utf8")), {
    version: 1,
    ...owner,
    clusterId: "c1",
    revision: 7,
    takenAt: "2026-11-29T06:00:00.000Z",
    sha256: sum,
    bytes: 5 * 1024 * 1024 - 512 + 32,
    ...order.about,
  });
});

test("one that lacks a byte anywhere, or has one more, is refused and removed", (context) => {
  const { directory, lines, keep, names } = prepared(context);
  const { taking } = temporaryNames(owner);
  const whole = snapshotOf("x");
  for (const wrong of [
    whole.subarray(1),
    whole.subarray(0, -1),
    Buffer.concat([whole, Buffer.of(0)]),
    Buffer.alloc(0),
  ]) {
    writeFileSync(`${directory}/${taking}`, wrong);
    assert.equal(keep({ taken: { revision: 7, takenAt } }), 73);
  }
  assert.deepEqual(names(), []);
  assert.match(lines.join("\n"), /^(the snapshot is not whole[^\n]*\n?){4}$/);
});

test("a snapshot that another run has made a backup of, or has removed, is told apart from one that is no backup", (context) => {
  const { directory, lines, keep, take, names } = prepared(context);
  writeFileSync(`${directory}/${temporaryNames(owner).taking}`, snapshotOf("of the loop"));
  assert.equal(keep({ readsAll: true }), 0);

  assert.equal(keep({ taken: { revision: 7, takenAt } }), 75);

  assert.deepEqual(lines, ["the snapshot is gone: another backup is under way on this host"]);
  assert.deepEqual(names(), []);
  assert.equal(take(8), 0);
});

test("the oldest go when newer ones are there; a drill is noted, and what it left is removed", (context) => {
  const { directory, keep, take, names } = prepared(context);
  for (const revision of [1, 2, 3, 4]) assert.equal(take(revision), 0);
  mkdirSync(`${directory}/${temporaryNames(owner).drill}/member/snap`, { recursive: true });
  const newest = "demo-h1-c1-4-20261129T060000Z.db";

  assert.equal(keep({ drilled: { backup: newest, at: takenAt } }), 0);

  const older = "demo-h1-c1-3-20261129T060000Z.db";
  assert.deepEqual(names(), [older, `${older}.json`, newest, `${newest}.json`, "demo-h1-drill.json"]);
});

test("a damaged one is called so, told, and is none of them any more", (context) => {
  const { directory, lines, keep, take, names } = prepared(context);
  assert.equal(take(1) + take(2), 0);
  const first = "demo-h1-c1-1-20261129T060000Z.db";
  const content = readFileSync(`${directory}/${first}`);
  content.writeUInt8(content.readUInt8(9) + 1, 9);
  writeFileSync(`${directory}/${first}`, content);

  assert.equal(keep({ readsAll: true }), 73);

  assert.deepEqual(lines, [`${first} is damaged, and is called ${first}.damaged from now on`]);
  assert.ok(names().includes(`${first}.damaged`) && !names().includes(`${first}.json`));
});

test("links in the directory lead nowhere", (context) => {
  const { directory, keep, names } = prepared(context);
  const elsewhere = `${temporaryRoot(context)}/secret`;
  writeFileSync(elsewhere, snapshotOf("secret"));
  symlinkSync(elsewhere, `${directory}/${temporaryNames(owner).taking}`);

  assert.equal(keep({ taken: { revision: 1, takenAt } }), 75);

  assert.deepEqual(names(), []);
  assert.equal(readFileSync(elsewhere).length, 4128);
});

test("an argument that is no order changes nothing", (context) => {
  const { directory, take } = prepared(context);
  assert.equal(take(1), 0);
  for (const wrong of [
    "",
    "{}",
    keepArgument({ ...order, keep: 0 }),
    keepArgument({ ...order, owner: { ...owner, member: "../x" } }),
  ])
    assert.equal(runKeep([wrong], { directory, print: () => undefined }), 64);
});

test("the agent sees what is there, with the room that is left; a directory that is not there is no error", async (context) => {
  const { directory, take } = prepared(context);
  const patience = createPatience({ clock: new FakeClock() });
  const about = { path: "/backups", owner, patience, signal: new AbortController().signal };
  assert.equal(await lookAtBackups(`${directory}/none`, about), undefined);
  assert.equal(take(1), 0);
  truncateSync(`${directory}/demo-h1-c1-1-20261129T060000Z.db.json`, 30);

  const seen = await lookAtBackups(directory, about);

  assert.deepEqual([seen?.records.size, seen?.files.length, (seen?.freeBytes ?? 0) > 0], [0, 2, true]);
  assert.equal(seen?.isHalfMade, false);
  mkdirSync(`${directory}/${temporaryNames(owner).drill}`);
  assert.equal((await lookAtBackups(directory, about))?.isHalfMade, true);
});
