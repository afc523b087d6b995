import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import type { FakeFiles } from "#agent/engine/fake/fake-files.ts";
import { contentDigest } from "#shared/canonical.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { ObservedPath } from "#shared/state/observed.ts";
import { createArchiveTree } from "./archive-tree.ts";
import { parentOf } from "./resolve-path.ts";

const image = "flexkube-agent:test";
const owned = { mode: 0o640, uid: 7, gid: 8 };

function write(host: FakeFiles, path: string, content: string, attributes: object = {}): void {
  if (!host.exists(parentOf(path))) host.mkdir(parentOf(path));
  host.write(path, content, attributes);
}

function setUp() {
  const engine = new FakeEngine({ clock: new FakeClock({ auto: true }) });
  engine.program(image, () => ({}));
  let names = 0;
  const nonce = (): string => String((names += 1));
  const tree = createArchiveTree({ engine, selfImage: async () => Promise.resolve(image), nonce });
  const observe = async (path: string): Promise<ObservedPath | undefined> => (await tree.observe([path])).get(path);
  const count = (method: string): number => engine.calls.filter((call) => call.method === method).length;
  return { engine, host: engine.host, tree, observe, count };
}

test("files and directories are seen with mode, owner, digest and names", async () => {
  const { host, tree } = setUp();
  host.mkdir("/etc/kubernetes/etcd", { mode: 0o700, uid: 7, gid: 8 });
  write(host, "/etc/kubernetes/etcd/b", "content", owned);
  write(host, "/srv/app/config", "outside", owned);

  const seen = await tree.observe(["/etc/kubernetes/etcd", "/etc/kubernetes/etcd/b", "/srv/app/config"], {
    hashKey: "k",
  });

  const b = seen.get("/etc/kubernetes/etcd/b");
  const outside = seen.get("/srv/app/config");
  assert.deepEqual(seen.get("/etc/kubernetes/etcd"), {
    type: "directory",
    mode: 0o700,
    uid: 7,
    gid: 8,
    entries: ["b"],
  });
  assert.ok(b?.type === "file" && outside?.type === "file");
  assert.deepEqual([b.mode, b.uid, b.gid, b.digest], [0o640, 7, 8, contentDigest("content", "k")]);
  assert.deepEqual([outside.uid, outside.digest], [7, contentDigest("outside", "k")]);
});

test("all files of a component come by one GET", async () => {
  const { host, tree, count } = setUp();
  const paths = ["live/a", "live/b", "00ff/pki/ca.crt", "00ff/gone"].map((name) => `/etc/kubernetes/etcd/${name}`);
  for (const path of paths.slice(0, 3)) write(host, path, path);

  const seen = await tree.observe(paths);

  assert.deepEqual(
    [...seen.values()].map(({ type }) => type),
    ["file", "file", "file", "missing"],
  );
  assert.equal(count("getArchive"), 1);
  assert.deepEqual([count("create"), count("remove")], [1, 1]);
});

test("a data directory is not streamed whole, and says that something is in it", async () => {
  const { host, observe } = setUp();
  write(host, "/var/lib/etcd/member/wal/0.wal", "x".repeat(300_000), owned);

  const seen = await observe("/var/lib/etcd/member/wal");

  assert.deepEqual(seen?.type === "directory" && seen.entries, ["0.wal"]);
});

test("absolute, relative and climbing links are followed with the host's root as root", async () => {
  const { host, observe } = setUp();
  write(host, "/data/real", "content", owned);
  host.mkdir("/etc");
  host.symlink("/etc/absolute", "/data/real");
  host.symlink("/etc/relative", "../data/real");
  host.symlink("/etc/climbing", "../../../../data/real");
  host.symlink("/etc/directory", "/data");

  for (const path of ["/etc/absolute", "/etc/relative", "/etc/climbing", "/etc/directory/real"]) {
    const seen = await observe(path);
    assert.equal(seen?.type === "file" && seen.digest, contentDigest("content"), path);
  }
});

test("what is missing, dangling or in the way says so", async () => {
  const { host, observe } = setUp();
  write(host, "/file", "");
  host.symlink("/dangling", "/gone");
  host.special("/device");

  assert.deepEqual(await observe("/nothing/here"), { type: "missing" });
  assert.deepEqual(await observe("/dangling"), { type: "other", what: "a link that leads nowhere" });
  assert.deepEqual(await observe("/file/below"), { type: "other", what: "below /file, which is not a directory" });
  assert.deepEqual(await observe("/device"), { type: "other", what: "a device, pipe or socket" });
});

test("content and real paths can be had", async () => {
  const { host, tree } = setUp();
  write(host, "/data/a", "content");
  host.symlink("/link", "/data");

  const content = await tree.readFile("/link/a");
  const real = await tree.realPaths(["/link/new/a"]);

  assert.equal(Buffer.from(content ?? []).toString(), "content");
  assert.equal(await tree.readFile("/link"), undefined);
  assert.deepEqual(real.get("/link/new/a"), { path: "/data/new/a", isWayGuarded: false, isGuarded: false });
  await assert.rejects(tree.realPaths(["/data/a/b"]), (error) => isFlexkubeError(error, "FILES_BLOCKED"));
});

test("nothing to look at makes no container, and none is left behind", async () => {
  const { engine, tree } = setUp();

  await tree.observe([]);
  const before = engine.calls.length;
  await tree.observe(["/a"]);

  assert.equal(before, 0);
  assert.deepEqual(await engine.list(), []);
});
