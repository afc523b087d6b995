import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeDirectories } from "#shared/disk/make-directories.ts";
import { readRegularFile } from "./read-regular-file.ts";

test("a file is read whole, through a link, also one whose size the system does not tell", async (context) => {
  const root = temporaryRoot(context);
  const long = "x".repeat(200_000);
  writeFileSync(`${root}/file`, long);
  symlinkSync("file", `${root}/link`);

  assert.equal((await readRegularFile(`${root}/link`, { limit: 200_000 })).bytes.toString(), long);
  assert.match((await readRegularFile("/proc/self/status", { limit: 100_000 })).bytes.toString(), /^Name:/);
});

test("what has more than the limit is refused, and what has no end is never read", async (context) => {
  const root = temporaryRoot(context);
  writeFileSync(`${root}/file`, "12345");
  execFileSync("mkfifo", [`${root}/fifo`]);

  await assert.rejects(readRegularFile(`${root}/file`, { limit: 4 }), /larger than 4 bytes/);
  await assert.rejects(readRegularFile(`${root}/fifo`, { limit: 4 }), /a FIFO/);
  await assert.rejects(readRegularFile("/dev/zero", { limit: 4 }), /a device/);
  await assert.rejects(readRegularFile(root, { limit: 4 }), /a directory/);
});

test("directories are made with their parents, and where none can be made that is told at once", async (context) => {
  const root = temporaryRoot(context);

  await makeDirectories(`${root}/a/b/c`, 0o700);
  await makeDirectories(`${root}/a/b/c`, 0o700);

  await assert.rejects(makeDirectories("/proc/none/deeper", 0o700), { code: "ENOENT" });
  writeFileSync(`${root}/file`, "");
  await assert.rejects(makeDirectories(`${root}/file/x`, 0o700), { code: "ENOTDIR" });
});
