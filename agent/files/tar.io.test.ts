import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { buildTar, readTar, type TarEntry } from "./tar.ts";

const common = { uid: 0, gid: 0, modifiedAt: 1_700_000_000_000 };

function file(name: string, content: string, more: Partial<TarEntry> = {}): Extract<TarEntry, { type: "file" }> {
  return { ...common, mode: 0o644, ...more, type: "file", name, content: Buffer.from(content) };
}

test("mode 0 stays 0 and is not taken for unset", async () => {
  const tar = await buildTar([file("a", "x", { mode: 0 }), { ...common, type: "directory", name: "d", mode: 0 }]);

  assert.deepEqual(
    (await readTar(tar)).map(({ name, mode }) => [name, mode]),
    [
      ["a", 0],
      ["d", 0],
    ],
  );
});

test("ids above the plain limit survive", async () => {
  const tar = await buildTar([file("a", "x", { uid: 4_294_967_294, gid: 300_000 })]);

  const [entry] = await readTar(tar);

  assert.deepEqual([entry?.uid, entry?.gid], [4_294_967_294, 300_000]);
});

test("another tar program reads what is built", async () => {
  const long = `${"deep/".repeat(30)}ünï`;
  const tar = await buildTar([
    { ...common, type: "directory", name: "etc", mode: 0o1750 },
    file(long, "content", { uid: 300_000, gid: 7, mode: 0o4640 }),
  ]);

  const listing = execFileSync("tar", ["--numeric-owner", "--quoting-style=literal", "-tvf", "-"], {
    input: tar,
    env: { PATH: process.env["PATH"], TZ: "UTC", LC_ALL: "C.UTF-8" },
    encoding: "utf8",
  });

  assert.equal(
    listing,
    `drwxr-x--T 0/0               0 2023-11-14 22:13 etc\n-rwSr----- 300000/7          7 2023-11-14 22:13 ${long}\n`,
  );
});

test("a cut-off archive gives whole entries and the name of the broken one", async () => {
  const tar = await buildTar([
    { ...common, type: "directory", name: "wal", mode: 0o700 },
    file("wal/0.wal", "x".repeat(9000)),
  ]);

  const entries = await readTar(tar.subarray(0, 4096));

  assert.deepEqual(
    entries.map(({ name, type }) => [name, type]),
    [
      ["wal", "directory"],
      ["wal/0.wal", "other"],
    ],
  );
});

test("an archive cut at a header or at the end mark gives the entries before it", async () => {
  const tar = await buildTar([file("a", "1"), file("b", "2")]);

  const atHeader = await readTar(tar.subarray(0, 1024));
  const inHeader = await readTar(tar.subarray(0, 1300));

  assert.deepEqual([atHeader.map(({ name }) => name), inHeader.map(({ name }) => name)], [["a"], ["a"]]);
});

test("bytes that are no archive are an error", async () => {
  await assert.rejects(readTar(Buffer.alloc(1024, 7)));
});
