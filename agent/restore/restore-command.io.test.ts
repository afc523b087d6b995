// The hidden command on a real directory.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { getgid, getuid } from "node:process";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { inodeStamp } from "#agent/files/inode-stamp.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { eventually } from "#lab/eventually.ts";
import { restoreNames } from "#shared/backup/restore-id.ts";
import { runRestore } from "./restore-command.ts";
import { restoreArgument } from "./restore-order.ts";
import type { RestoreOrder } from "./restore-order.ts";

const restore = "r1-0f3a5b7c9d11";
const { pending, before, marker } = restoreNames(restore);
const sha256 = createHash("sha256").update("snapshot").digest("hex");
const owner = { uid: getuid?.() ?? 0, gid: getgid?.() ?? 0 };

function prepared(context: TestContext) {
  const root = temporaryRoot(context);
  const [data, snapshots] = [`${root}/data`, `${root}/snapshots`];
  mkdirSync(`${data}/member/wal`, { recursive: true });
  writeFileSync(`${data}/member/db`, "former");
  mkdirSync(snapshots);
  writeFileSync(`${snapshots}/s.db`, "snapshot");
  const lines: string[] = [];
  const run = (
    act: RestoreOrder["act"],
    found: Pick<RestoreOrder, "sha256" | "stamp"> = {},
    ...names: readonly string[]
  ): number =>
    runRestore([restoreArgument({ act, restore, owner, ...found }), ...names], {
      data,
      snapshots,
      print: (line) => lines.push(line),
    });
  /** As etcdutl leaves it. */
  const make = (): void => {
    mkdirSync(`${data}/${pending}/member/wal`, { recursive: true });
    writeFileSync(`${data}/${pending}/member/db`, "restored");
  };
  return { data, snapshots, lines, run, make, text: (path: string) => readFileSync(`${data}/${path}`, "utf8") };
}

test("what etcdutl has made gets its marker, and takes the place of the data, which goes aside", (context) => {
  const { data, run, make, text } = prepared(context);
  make();
  assert.equal(run("swap", { sha256 }, "s.db"), 0);
  assert.equal(statSync(`${data}/member/${marker}`).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(data).toSorted(), [before, "member"]);
  assert.equal(text("member/db"), "restored");
  assert.equal(text(`${before}/member/db`), "former");
  // once more is nothing new
  assert.equal(run("swap"), 0);
  assert.equal(text(`${before}/member/db`), "former");
});

test("cut between the two renames it goes on, and a second directory of a member goes aside under another name", (context) => {
  const { data, run, make, text } = prepared(context);
  make();
  // as it is then
  writeFileSync(`${data}/${pending}/member/${marker}`, "");
  mkdirSync(`${data}/${before}`);
  renameSync(`${data}/member`, `${data}/${before}/member`);
  mkdirSync(`${data}/member`);
  writeFileSync(`${data}/member/db`, "of somebody else");
  assert.equal(run("swap"), 0);
  assert.equal(text("member/db"), "restored");
  assert.equal(text(`${before}/member/db`), "former");
  assert.equal(text(`${before}/member-2/db`), "of somebody else");
});

test("a snapshot that is another one by now, has gone, or of which nothing was made, is told, and nothing is exchanged", (context) => {
  const { data, snapshots, lines, run, make, text } = prepared(context);
  assert.equal(run("swap", { sha256 }, "s.db"), 73);
  make();
  assert.equal(run("swap", { sha256 }, "gone.db"), 73);
  writeFileSync(`${snapshots}/s.db`, "another");
  assert.equal(run("swap", { sha256 }, "s.db"), 73);
  assert.equal(run("swap"), 73);
  assert.deepEqual(readdirSync(data), ["member"]);
  assert.equal(text("member/db"), "former");
  assert.deepEqual(
    lines.map((line) => line.replace(/[0-9a-f]{64}/g, "<digest>")),
    [
      "etcdutl has left no data",
      "gone.db is not there any more",
      "the snapshot was changed meanwhile: its SHA-256 is <digest>, not <digest>",
      "there is no restored data",
    ],
  );
});

describe("a snapshot whose digest was found right before", () => {
  const another = createHash("sha256").update("another!").digest("hex");

  test("is not read again while it is the same file, untouched", (context) => {
    const { snapshots, run, make, text } = prepared(context);
    make();
    const stamp = inodeStamp(statSync(`${snapshots}/s.db`, { bigint: true }));
    // were it read, it would not have this one
    assert.equal(run("swap", { sha256: another, stamp }, "s.db"), 0);
    assert.equal(text("member/db"), "restored");
  });

  for (const [change, act] of [
    ["written to", (path: string) => writeFileSync(path, "another!")],
    [
      "written to and its times set back",
      (path: string) => {
        const { atime, mtime } = statSync(path);
        writeFileSync(path, "another!");
        utimesSync(path, atime, mtime);
      },
    ],
    [
      "replaced by a file of the same size and times",
      (path: string) => {
        const { atime, mtime } = statSync(path);
        writeFileSync(`${path}.new`, "another!");
        utimesSync(`${path}.new`, atime, mtime);
        renameSync(`${path}.new`, path);
      },
    ],
    [
      "replaced by a link to the former one, beside which another lies",
      (path: string) => {
        renameSync(path, `${path}.former`);
        symlinkSync(`${path}.former`, path);
      },
    ],
  ] as const)
    test(`is not used once it was ${change}`, async (context) => {
      const { data, snapshots, run, make, text } = prepared(context);
      make();
      const path = `${snapshots}/s.db`;
      const stats = statSync(path, { bigint: true });
      await nextKernelTick(path, stats.ctimeNs);
      act(path);
      assert.equal(run("swap", { sha256, stamp: inodeStamp(stats) }, "s.db"), 73);
      assert.deepEqual(
        readdirSync(data).filter((name) => name !== pending),
        ["member"],
      );
      assert.equal(text("member/db"), "former");
    });

  test("and that was away for a moment is read again, and used if it is the same", async (context) => {
    const { snapshots, run, make, text } = prepared(context);
    make();
    const path = `${snapshots}/s.db`;
    const stats = statSync(path, { bigint: true });
    await nextKernelTick(path, stats.ctimeNs);
    renameSync(path, `${path}.away`);
    renameSync(`${path}.away`, path);
    assert.notEqual(inodeStamp(statSync(path, { bigint: true })), inodeStamp(stats));
    assert.equal(run("swap", { sha256, stamp: inodeStamp(stats) }, "s.db"), 0);
    assert.equal(text("member/db"), "restored");
  });
});

test("what a kill has left of etcdutl's work is cleared away, and nothing else", (context) => {
  const { data, run, make } = prepared(context);
  make();
  assert.equal(run("clear"), 0);
  assert.deepEqual(readdirSync(data), ["member"]);
});

test("an argument that is no order changes nothing", (context) => {
  const { data, snapshots } = prepared(context);
  for (const argument of [
    "",
    "{}",
    restoreArgument({ act: "swap", restore: "../r1-0f3a5b7c9d11", owner }),
    restoreArgument({ act: "swap", restore, owner, sha256: "0f" }),
  ])
    assert.equal(runRestore([argument], { data, snapshots, print: () => undefined }), 64, argument);
  assert.deepEqual(readdirSync(data), ["member"]);
});

/** Until a change of now would have another time than the file has: what is that fresh no stamp is relied on for. */
async function nextKernelTick(path: string, changed: bigint): Promise<void> {
  await eventually(
    async () => {
      writeFileSync(`${path}.tick`, "");
      return Promise.resolve(statSync(`${path}.tick`, { bigint: true }).ctimeNs !== changed);
    },
    { what: "the kernel's clock goes on", deadlineMs: 10_000 },
  );
}
