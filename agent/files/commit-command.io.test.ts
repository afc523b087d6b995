import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { runCommit } from "./commit-command.ts";
import { put, temporaryRoot } from "#agent/testing/temporary-root.ts";

const sealed = `/etc/kubernetes/etcd/${"0123456789abcdef".repeat(2)}`;

function setUp(context: TestContext) {
  const root = temporaryRoot(context);
  const lines: string[] = [];
  const commit = async (...args: readonly string[]): Promise<number> =>
    runCommit(args, { root, stage: `${root}/stage`, print: (line) => lines.push(line) });
  const text = (path: string): string => readFileSync(root + path, "utf8");
  return { root, lines, commit, text };
}

function modeOf(path: string): number {
  return lstatSync(path).mode & 0o7777;
}

test("a delivered file takes the place of the old one with its own mode", async (context) => {
  const { root, commit, text } = setUp(context);
  put(root, "/etc/a", "old", 0o644);
  put(root, "/etc/.a.flexkube-new", "new", 0o600);

  const code = await commit("rename:/etc/a");

  assert.equal(code, 0);
  assert.equal(text("/etc/a"), "new");
  assert.equal(statSync(`${root}/etc/a`).mode & 0o7777, 0o600);
  assert.deepEqual(readdirSync(`${root}/etc`), ["a"]);
});

test("a run that was killed after some renames can be made again", async (context) => {
  const { root, commit, text } = setUp(context);
  put(root, "/etc/a", "new");
  put(root, "/etc/b", "old");
  put(root, "/etc/.b.flexkube-new", "new");

  const codes = [await commit("rename:/etc/a", "rename:/etc/b"), await commit("rename:/etc/a", "rename:/etc/b")];

  assert.deepEqual(codes, [0, 0]);
  assert.deepEqual([text("/etc/a"), text("/etc/b")], ["new", "new"]);
});

test("a file that was never delivered is a failure with its path and reason", async (context) => {
  const { root, lines, commit } = setUp(context);
  mkdirSync(`${root}/etc`);

  const code = await commit("rename:/etc/a");

  assert.equal(code, 73);
  assert.deepEqual(lines, ['{"path":"/etc/a","reason":"it was not delivered"}']);
});

test("a directory is not replaced by a file, and the delivered file goes", async (context) => {
  const { root, lines, commit, text } = setUp(context);
  put(root, "/etc/a/inside", "kept");
  put(root, "/etc/.a.flexkube-new", "new");

  const code = await commit("rename:/etc/a");

  assert.equal(code, 73);
  assert.deepEqual(lines, ['{"path":"/etc/a","reason":"a directory is in its place"}']);
  assert.equal(text("/etc/a/inside"), "kept");
  assert.deepEqual(readdirSync(`${root}/etc`), ["a"]);
});

test("a link at a file's own place is replaced, what it pointed to stays", async (context) => {
  const { root, commit, text } = setUp(context);
  put(root, "/etc/shadow", "precious");
  put(root, "/srv/.a.flexkube-new", "new");
  symlinkSync("/etc/shadow", `${root}/srv/a`);

  const code = await commit("rename:/srv/a");

  assert.equal(code, 0);
  assert.ok(lstatSync(`${root}/srv/a`).isFile());
  assert.equal(text("/etc/shadow"), "precious");
});

test("links of root on the way are followed within the host's tree", async (context) => {
  const { root, commit, text } = setUp(context);
  put(root, "/data/.a.flexkube-new", "new");
  symlinkSync("/data", `${root}/etc`);

  const code = await commit("rename:/etc/a");

  assert.equal(code, 0);
  assert.equal(text("/data/a"), "new");
});

test("removing takes the file, what an interrupted replacement left, and nothing when it is gone", async (context) => {
  const { root, commit } = setUp(context);
  put(root, "/etc/a", "old");
  put(root, "/etc/.a.flexkube-new", "half");

  const codes = [await commit("remove:/etc/a"), await commit("remove:/etc/a", "remove:/nowhere/b")];

  assert.deepEqual(codes, [0, 0]);
  assert.deepEqual(readdirSync(`${root}/etc`), []);
});

test("a directory is not removed as a file", async (context) => {
  const { root, lines, commit } = setUp(context);
  put(root, "/etc/a/inside", "kept");

  const code = await commit("remove:/etc/a");

  assert.equal(code, 73);
  assert.deepEqual(lines, ['{"path":"/etc/a","reason":"it is a directory"}']);
  assert.ok(existsSync(`${root}/etc/a/inside`));
});

test("a sealed directory goes with all in it, without following links out of it", async (context) => {
  const { root, commit, text } = setUp(context);
  put(root, `${sealed}/pki/ca.crt`, "ca");
  put(root, "/etc/kubernetes/etcd/other", "kept");
  put(root, "/data/precious", "kept");
  symlinkSync("/data", `${root}${sealed}/link`);
  symlinkSync(`${root}/data`, `${root}${sealed}/outside`);

  const code = await commit(`remove-tree:${sealed}`);

  assert.equal(code, 0);
  assert.equal(existsSync(root + sealed), false);
  assert.deepEqual([text("/data/precious"), text("/etc/kubernetes/etcd/other")], ["kept", "kept"]);
});

test("no other directory is removed with all in it", async (context) => {
  const { root, commit } = setUp(context);
  put(root, "/var/lib/etcd/member", "data");

  for (const path of [
    "/var/lib/etcd",
    "/etc/kubernetes/etcd",
    "/etc/kubernetes/etcd/live",
    `${sealed}/..`,
    `/etc/kubernetes/../${sealed}`,
    `${sealed}/`,
  ])
    assert.equal(await commit(`remove-tree:${path}`), 64, path);

  assert.ok(existsSync(`${root}/var/lib/etcd/member`));
});

test("an argument that is no operation ends the command before anything is done", async (context) => {
  const { root, commit } = setUp(context);
  put(root, "/etc/a", "kept");

  const code = await commit("remove:/etc/a", "chmod:/etc/a");

  assert.equal(code, 64);
  assert.ok(existsSync(`${root}/etc/a`));
});

test("the live directory and the component's own go with their last file", async (context) => {
  const { root, commit } = setUp(context);
  put(root, "/etc/kubernetes/lb/live/haproxy.cfg", "");
  put(root, `${sealed}/a`, "");

  const code = await commit("remove:/etc/kubernetes/lb/live/haproxy.cfg", `remove-tree:${sealed}`);

  assert.equal(code, 0);
  assert.deepEqual(readdirSync(`${root}/etc/kubernetes`), []);
});

test("directories that hold something else, or are not ours, stay", async (context) => {
  const { root, commit } = setUp(context);
  put(root, "/etc/kubernetes/lb/live/haproxy.cfg", "");
  put(root, "/etc/kubernetes/lb/live/notes", "");
  put(root, "/srv/app/config", "");

  const code = await commit("remove:/etc/kubernetes/lb/live/haproxy.cfg", "remove:/srv/app/config");

  assert.equal(code, 0);
  assert.deepEqual(readdirSync(`${root}/etc/kubernetes/lb/live`), ["notes"]);
  assert.deepEqual(readdirSync(`${root}/srv`), ["app"]);
});

test("a directory goes only when it is empty, and one that is gone or no directory is no failure", async (context) => {
  const { root, commit } = setUp(context);
  mkdirSync(`${root}/srv/app/deep`, { recursive: true });
  put(root, "/srv/used/file", "kept");

  const paths = ["/srv/app/deep", "/srv/app", "/srv/used", "/srv/used/file", "/srv/gone"];
  const code = await commit(...paths.map((path) => `remove-directory:${path}`));

  assert.equal(code, 0);
  assert.deepEqual(readdirSync(`${root}/srv`), ["used"]);
  assert.deepEqual(readdirSync(`${root}/srv/used`), ["file"]);
});

test("a staged file comes with its mode, in the place of what was there, and what is missing above it too", async (context) => {
  const { root, commit, text } = setUp(context);
  put(root, "/stage/0", "new");
  put(root, "/stage/1", "deep");
  put(root, "/home/u/a", "old", 0o644);
  put(root, "/home/u/.a.flexkube-new", "left behind");
  const { uid, gid } = statSync(root);

  const code = await commit(`place:0:0640:${uid}:${gid}:/home/u/a`, `place:1:0600:${uid}:${gid}:/home/u/b/c/d`);

  assert.equal(code, 0);
  assert.deepEqual([text("/home/u/a"), text("/home/u/b/c/d")], ["new", "deep"]);
  assert.deepEqual([modeOf(`${root}/home/u/a`), modeOf(`${root}/home/u/b/c`)], [0o640, 0o755]);
  assert.deepEqual(readdirSync(`${root}/home/u`), ["a", "b"]);
});

test("a link at a staged file's place, or at its temporary name, is replaced and never written through", async (context) => {
  const { root, commit, text } = setUp(context);
  put(root, "/stage/0", "new");
  put(root, "/etc/shadow", "precious");
  mkdirSync(`${root}/home/u`, { recursive: true });
  symlinkSync(`${root}/etc/shadow`, `${root}/home/u/a`);
  symlinkSync(`${root}/etc/shadow`, `${root}/home/u/.a.flexkube-new`);
  const { uid, gid } = statSync(root);

  const code = await commit(`place:0:0600:${uid}:${gid}:/home/u/a`);

  assert.equal(code, 0);
  assert.ok(lstatSync(`${root}/home/u/a`).isFile());
  assert.deepEqual([text("/home/u/a"), text("/etc/shadow")], ["new", "precious"]);
});

test("a staged file does not take a directory's place", async (context) => {
  const { root, lines, commit, text } = setUp(context);
  put(root, "/stage/0", "new");
  put(root, "/home/u/a/inside", "kept");

  const code = await commit("place:0:0600:0:0:/home/u/a");

  assert.equal(code, 73);
  assert.deepEqual(lines, ['{"path":"/home/u/a","reason":"a directory is in its place"}']);
  assert.equal(text("/home/u/a/inside"), "kept");
});

test("a directory is made with its mode, again and again", async (context) => {
  const { root, commit } = setUp(context);
  const { uid, gid } = statSync(root);
  const make = `make:0750:${uid}:${gid}:/srv/new/data`;

  const codes = [await commit(make), await commit(make)];

  assert.deepEqual(codes, [0, 0]);
  assert.deepEqual([modeOf(`${root}/srv/new`), modeOf(`${root}/srv/new/data`)], [0o755, 0o750]);
});

test("a link that leads to a directory is not taken for the directory that shall be made", async (context) => {
  const { root, commit } = setUp(context);
  mkdirSync(`${root}/etc`, { mode: 0o755 });
  mkdirSync(`${root}/home`);
  symlinkSync("../etc", `${root}/home/data`);

  const code = await commit("make:0777:0:0:/home/data");

  assert.equal(code, 73);
  assert.equal(modeOf(`${root}/etc`), 0o755);
});
