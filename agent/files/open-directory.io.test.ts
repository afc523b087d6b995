import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { withOpenDirectory } from "./open-directory.ts";
import { put, temporaryRoot } from "#agent/testing/temporary-root.ts";

test("a link that took a directory's place after the check is not followed", (context) => {
  const root = temporaryRoot(context);
  mkdirSync(`${root}/etc`);
  symlinkSync("etc", `${root}/home`);

  assert.throws(() => withOpenDirectory(root, "/home", () => undefined), /ENOTDIR|ELOOP/);
});

test("a directory that is moved away while it is open is still the one that is worked in", (context) => {
  const root = temporaryRoot(context);
  put(root, "/home/dir/a", "");
  put(root, "/etc/a", "");

  withOpenDirectory(root, "/home/dir", (directory) => {
    renameSync(`${root}/home/dir`, `${root}/home/moved`);
    symlinkSync("../etc", `${root}/home/dir`);
    writeFileSync(`${directory}/b`, "");
  });

  assert.deepEqual(readdirSync(`${root}/home/moved`), ["a", "b"]);
  assert.deepEqual(readdirSync(`${root}/etc`), ["a"]);
});
