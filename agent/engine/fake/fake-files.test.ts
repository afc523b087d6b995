// The fake's file trees behave as file systems do where flexkube depends on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeFiles, type FakeDirectory } from "./fake-files.ts";

function hostFiles() {
  let inodes = 0;
  let now = 1000;
  const disk = { now: () => now, nextInode: () => (inodes += 1) };
  return { disk, files: new FakeFiles(disk), later: () => (now += 1000) };
}

function directory(files: FakeFiles, path: string): FakeDirectory {
  const node = files.node(path);
  assert.ok(node?.type === "directory");
  return node;
}

test("a rename puts another inode in a file's place at once and counts as a change", () => {
  const { files, later } = hostFiles();
  files.mkdir("/etc");
  files.write("/etc/a", "old");
  files.write("/etc/a.new", "new", { mode: 0o600 });
  const { inode } = files.stat("/etc/a");
  later();

  files.rename("/etc/a.new", "/etc/a");

  assert.equal(files.text("/etc/a"), "new");
  assert.notEqual(files.stat("/etc/a").inode, inode);
  assert.deepEqual([files.stat("/etc/a").modifiedAt, files.stat("/etc/a").changedAt], [1000, 2000]);
  assert.deepEqual(files.list("/etc"), ["a"]);
});

test("a rename over a directory that is not empty is ENOTEMPTY, over another kind EISDIR or ENOTDIR", () => {
  const { files } = hostFiles();
  files.mkdir("/full");
  files.write("/full/x", "x");
  files.mkdir("/empty");
  files.write("/file", "x");

  assert.throws(() => files.rename("/empty", "/full"), { code: "ENOTEMPTY" });
  assert.throws(() => files.rename("/file", "/empty"), { code: "EISDIR" });
  assert.throws(() => files.rename("/empty", "/file"), { code: "ENOTDIR" });
});

test("a mounted directory shows a replaced file anew, a mounted file keeps the old one", () => {
  const { disk, files } = hostFiles();
  files.mkdir("/etc/app");
  files.write("/etc/app/conf", "old");
  const node = files.node("/etc/app/conf");
  assert.ok(node);
  const root = new FakeFiles(disk);
  root.mkdir("/dir");
  root.write("/conf", "");
  const container = new FakeFiles(disk, {
    root: directory(root, "/"),
    mounts: [
      { target: "/dir", node: directory(files, "/etc/app"), readOnly: true },
      { target: "/conf", node, readOnly: true },
    ],
  });

  files.write("/etc/app/conf.new", "new");
  files.rename("/etc/app/conf.new", "/etc/app/conf");

  assert.equal(container.text("/dir/conf"), "new");
  assert.equal(container.text("/conf"), "old");
  assert.throws(() => container.write("/dir/conf", "x"), { code: "EROFS" });
  assert.throws(() => container.remove("/dir"), { code: "EROFS" });
});

test("links are followed from where they are, and loops end", () => {
  const { files } = hostFiles();
  files.mkdir("/var/run");
  files.mkdir("/data");
  files.write("/data/x", "x");
  files.symlink("/var/run/relative", "../../data");
  files.symlink("/absolute", "/data");
  files.symlink("/loop", "loop");

  assert.equal(files.text("/var/run/relative/x"), "x");
  assert.equal(files.text("/absolute/x"), "x");
  assert.equal(files.lstat("/absolute").target, "/data");
  assert.equal(files.resolve("/var/run/relative/x", { follow: true }).path, "/data/x");
  assert.throws(() => files.stat("/loop"), { code: "ELOOP" });
  assert.throws(() => files.read("/missing"), { code: "ENOENT" });
  assert.throws(() => files.read("/data/x/y"), { code: "ENOTDIR" });
});
