import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { test, type TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { contentDigest } from "#shared/canonical.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { ObservedPath } from "#shared/state/observed.ts";
import { createMountedTree } from "./mounted-tree.ts";
import { createPatience, type Patience } from "./patience.ts";
import { put, temporaryRoot } from "#agent/testing/temporary-root.ts";

const hour = 3_600_000;

function setUp(context: TestContext) {
  const root = temporaryRoot(context);
  // well after the change times that the real clock writes
  const clock = new FakeClock({ now: Date.now() + hour });
  const tree = createMountedTree({ root, clock, patience: createPatience({ clock }) });
  const observe = async (path: string): Promise<ObservedPath | undefined> => (await tree.observe([path])).get(path);
  return { root, tree, observe };
}

test("a file is seen with mode, owner, digest and time of change", async (context) => {
  const { root, observe } = setUp(context);
  put(root, "/etc/a.conf", "content", 0o4640);
  const isRoot = statSync(root).uid === 0;
  if (isRoot) chownSync(`${root}/etc/a.conf`, 1234, 5678);
  const { mode, uid, gid, ctimeMs } = statSync(`${root}/etc/a.conf`);

  const seen = await observe("/etc/a.conf");

  assert.deepEqual(seen, {
    type: "file",
    mode: mode & 0o7777,
    uid,
    gid,
    digest: contentDigest("content"),
    changedAt: Math.floor(ctimeMs),
  });
});

test("a directory is seen with its names in order", async (context) => {
  const { root, observe } = setUp(context);
  put(root, "/d/b", "");
  put(root, "/d/a/c", "");

  const seen = await observe("/d");

  assert.ok(seen?.type === "directory");
  const { identity, ...rest } = seen;
  assert.deepEqual(rest, { type: "directory", mode: 0o755, uid: 0, gid: 0, entries: ["a", "b"] });
  assert.equal(typeof identity, "string");
});

test("a name that comes or goes in a directory is seen, however often it was looked at before", async (context) => {
  const { root, observe } = setUp(context);
  put(root, "/d/a", "");
  const entries = async () => {
    const seen = await observe("/d");
    return seen?.type === "directory" ? seen.entries : undefined;
  };
  await entries();
  await entries();

  put(root, "/d/b", "");
  const more = await entries();
  rmSync(`${root}/d/a`);
  const less = await entries();

  assert.deepEqual([more, less], [["a", "b"], ["b"]]);
});

test("digests are keyed when there is a key", async (context) => {
  const { root, tree } = setUp(context);
  put(root, "/a", "content");

  const plain = (await tree.observe(["/a"])).get("/a");
  const keyed = (await tree.observe(["/a"], { hashKey: "k" })).get("/a");

  assert.equal(plain?.type === "file" && plain.digest, contentDigest("content"));
  assert.equal(keyed?.type === "file" && keyed.digest, contentDigest("content", "k"));
});

test("links are followed with the mount as root", async (context) => {
  const { root, observe } = setUp(context);
  put(root, "/data/kubernetes/a", "real");
  mkdirSync(`${root}/etc`);
  symlinkSync("/data/kubernetes", `${root}/etc/kubernetes`);
  symlinkSync("../../../../../data/kubernetes/a", `${root}/etc/up`);

  const through = await observe("/etc/kubernetes/a");
  const up = await observe("/etc/up");

  assert.equal(through?.type === "file" && through.digest, contentDigest("real"));
  assert.equal(up?.type === "file" && up.digest, contentDigest("real"));
});

test("what is missing, dangling, in the way or no file says so", async (context) => {
  const { root, observe } = setUp(context);
  put(root, "/file", "");
  symlinkSync("/gone", `${root}/dangling`);
  execFileSync("mkfifo", [`${root}/pipe`]);
  const server = createServer().listen(`${root}/socket`);
  context.after(() => server.close());

  assert.deepEqual(await observe("/nothing/here"), { type: "missing" });
  assert.deepEqual(await observe("/dangling"), { type: "other", what: "a link that leads nowhere" });
  assert.deepEqual(await observe("/file/below"), { type: "other", what: "below /file, which is not a directory" });
  assert.deepEqual(await observe("/pipe"), { type: "other", what: "a pipe" });
  assert.deepEqual(await observe("/socket"), { type: "other", what: "a socket" });
});

test("a file too large to be ours is not read", async (context) => {
  const { root, tree, observe } = setUp(context);
  put(root, "/big", "");
  truncateSync(`${root}/big`, 17 * 1024 * 1024);

  const seen = await observe("/big");

  assert.equal(seen?.type === "file" && seen.digest, `too-large:${17 * 1024 * 1024}`);
  await assert.rejects(tree.readFile("/big"), (error) => isFlexkubeError(error, "FILES_UNREADABLE"));
});

test("a changed content is seen although size and time of modification are as before", async (context) => {
  const { root, observe } = setUp(context);
  put(root, "/a", "one");
  const { atime, mtime, ctimeMs } = statSync(`${root}/a`);
  await observe("/a");
  // until the kernel's clock has ticked
  do {
    writeFileSync(`${root}/a`, "two");
    utimesSync(`${root}/a`, atime, mtime);
  } while (statSync(`${root}/a`).ctimeMs === ctimeMs);

  const seen = await observe("/a");

  assert.equal(seen?.type === "file" && seen.digest, contentDigest("two"));
});

test("the content of a file can be had, and nothing for anything else", async (context) => {
  const { root, tree } = setUp(context);
  put(root, "/d/a", "content");

  const content = await tree.readFile("/d/a");

  assert.equal(Buffer.from(content ?? []).toString(), "content");
  assert.equal(await tree.readFile("/d"), undefined);
  assert.equal(await tree.readFile("/d/b"), undefined);
});

test("real paths have no links in them and keep missing names", async (context) => {
  const { root, tree } = setUp(context);
  mkdirSync(`${root}/data`);
  symlinkSync("/data", `${root}/etc`);

  const real = await tree.realPaths(["/etc", "/etc/kubernetes/etcd"]);

  assert.deepEqual(
    [...real].map(([path, { path: found }]) => [path, found]),
    [
      ["/etc", "/data"],
      ["/etc/kubernetes/etcd", "/data/kubernetes/etcd"],
    ],
  );
});

test("a path is guarded as far as root alone may change it: its own owner, group, others and links on the way count", async (context) => {
  const { root, tree } = setUp(context);
  for (const name of ["safe/own", "user/own", "group", "shared"]) mkdirSync(`${root}/${name}`, { recursive: true });
  chownSync(`${root}/user`, 1000, 1000);
  chownSync(`${root}/safe/own`, 7, 7);
  chmodSync(`${root}/group`, 0o775);
  chmodSync(`${root}/shared`, 0o1777);
  symlinkSync("/safe", `${root}/group/link`);
  symlinkSync("/group", `${root}/link`);
  const ask = async (path: string) => (await tree.realPaths([path])).get(path);

  const found = [];
  for (const path of ["/safe", "/safe/new", "/safe/own", "/user", "/user/own", "/group", "/shared/new", "/link/new"]) {
    const { isWayGuarded, isGuarded } = (await ask(path)) ?? {};
    found.push([path, isWayGuarded, isGuarded]);
  }

  assert.deepEqual(found, [
    ["/safe", true, true],
    ["/safe/new", true, true],
    ["/safe/own", true, false],
    ["/user", true, false],
    ["/user/own", false, false],
    ["/group", true, false],
    ["/shared/new", false, false],
    ["/link/new", false, false],
  ]);
  await assert.rejects(ask("/group/link"), (error) => isFlexkubeError(error, "FILES_BLOCKED"));
});

test("a path through something that is no directory has no real path", async (context) => {
  const { root, tree } = setUp(context);
  put(root, "/file", "");

  await assert.rejects(tree.realPaths(["/file/a"]), (error) => isFlexkubeError(error, "FILES_BLOCKED"));
});

test("an abort ends the observation", async (context) => {
  const { tree } = setUp(context);

  await assert.rejects(tree.observe(["/a"], { signal: AbortSignal.abort(new Error("stop")) }), /stop/);
});

/** A tree in which `/slow` is a mount of its own, of a file system that may go away. */
function withSlowMount(context: TestContext) {
  const root = temporaryRoot(context);
  put(root, "/slow/a", "content");
  put(root, "/near", "content");
  const lines = ["1 0 8:1 / / rw - ext4 /dev/sda1 rw", `2 1 0:9 / ${root}/slow rw - nfs4 server:/x rw`];
  const asked: string[] = [];
  let isDead = false;
  const patience: Patience = {
    stuck: () => [],
    run: async (place, operation, { path }) => {
      asked.push(`${place.replace(root, "")} ${path}`);
      if (isDead) throw new FlexkubeError("FILES_UNREADABLE", "dead", { path, reason: "no answer" });
      return operation();
    },
  };
  const clock = new FakeClock({ now: Date.now() + hour });
  const tree = createMountedTree({ root, clock, patience, mountinfo: () => Buffer.from(lines.join("\n")) });
  return { root, tree, asked, die: () => (isDead = true) };
}

test("what lies on another file system is asked with patience, and only that", async (context) => {
  const { root, tree, asked } = withSlowMount(context);
  symlinkSync("/slow/a", `${root}/link`);

  const seen = await tree.observe(["/near", "/link", "/slow"]);

  assert.equal(seen.get("/link")?.type, "file");
  assert.deepEqual(asked.toSorted(), ["2 /slow /slow", "2 /slow /slow", "2 /slow /slow/a", "2 /slow /slow/a"]);
});

test("what cannot be read is unknown with its reason, and the rest is seen", async (context) => {
  const { root, tree, die } = withSlowMount(context);
  symlinkSync("/slow/a", `${root}/link`);
  die();

  const seen = await tree.observe(["/link", "/near", "/slow/b/c", `/${"x".repeat(300)}`]);

  assert.deepEqual(
    [...seen].map(([path, { type }]) => [path.slice(0, 10), type]),
    [
      ["/link", "unknown"],
      ["/near", "file"],
      ["/slow/b/c", "unknown"],
      ["/xxxxxxxxx", "unknown"],
    ],
  );
});
