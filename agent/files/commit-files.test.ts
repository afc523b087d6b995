import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { engineRefused } from "#agent/engine/errors.ts";
import { contentDigest } from "#shared/canonical.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { FileCommit } from "#shared/state/step.ts";
import { Secret } from "#shared/secret.ts";
import { createFakeTree } from "#agent/testing/fake-tree.ts";
import { createArchiveTree } from "./archive-tree.ts";
import { commitFiles } from "./commit-files.ts";
import type { HostTree } from "./host-tree.ts";

const image = "flexkube-agent:test";
const sealed = `/etc/kubernetes/etcd/${"ab".repeat(16)}`;

type Item = FileCommit["replaced"][number];

function item(path: string, content: string, more: Partial<Item> = {}): Item {
  return { path, content, digest: contentDigest(content), mode: 0o600, uid: 7, gid: 8, component: "etcd", ...more };
}

function setUp(program: (run: FakeRun) => FakeOutcome = () => ({ endsAfterMs: 1, exitCode: 0 })) {
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  engine.program(image, program);
  const common = { engine, clock, cluster: "demo", host: "h1" };
  const archive = createArchiveTree({ engine, selfImage: async () => Promise.resolve(image), nonce: () => "read" });
  const commitBy =
    (tree: HostTree) =>
    async (changes: Partial<FileCommit>, signal?: AbortSignal): Promise<void> =>
      commitFiles(
        { directories: [], fresh: [], replaced: [], removed: [], ...changes },
        { ...common, tree, selfImage: image, nonce: "n1", signal },
      );
  const commit = commitBy(createFakeTree(() => engine.host));
  const calls = (): readonly string[] =>
    engine.calls.filter(({ subject }) => subject.includes("flexkube-config-n1")).map(({ method }) => method);
  return { engine, commit, calls, commitByArchive: commitBy(archive) };
}

test("new files and directories are written without a start", async () => {
  const { engine, commit, calls } = setUp();

  await commit({
    directories: [
      { path: `${sealed}/pki`, mode: 0o750, uid: 7, gid: 8, components: ["etcd"] },
      { path: sealed, mode: 0o700, uid: 7, gid: 8, components: ["etcd"] },
    ],
    fresh: [item(`${sealed}/pki/key`, "", { content: new Secret("private") })],
  });

  assert.equal(engine.host.text(`${sealed}/pki/key`), "private");
  assert.equal(engine.host.stat(`${sealed}/pki/key`).mode & 0o7777, 0o600);
  assert.equal(engine.host.stat(sealed).mode & 0o7777, 0o700);
  assert.equal(engine.host.stat(`${sealed}/pki`).uid, 7);
  assert.deepEqual(calls(), ["create", "putArchive", "remove"]);
});

test("a file in use is delivered beside the old one and the container is run once", async () => {
  const seen: { command?: readonly string[]; files?: readonly string[] } = {};
  const { engine, commit, calls } = setUp((run) => {
    seen.command = run.command;
    seen.files = run.host.list("/etc/kubernetes/lb/live");
    return { endsAfterMs: 1, exitCode: 0 };
  });
  engine.host.mkdir("/etc/kubernetes/lb/live");
  engine.host.write("/etc/kubernetes/lb/live/haproxy.cfg", "old");

  await commit({
    replaced: [item("/etc/kubernetes/lb/live/haproxy.cfg", "new")],
    removed: [
      { path: "/etc/gone", component: "lb" },
      { path: sealed, component: "etcd" },
    ],
  });

  assert.deepEqual(seen.command, [
    "/flexkube-agent",
    "commit",
    "rename:/etc/kubernetes/lb/live/haproxy.cfg",
    "remove:/etc/gone",
    `remove-tree:${sealed}`,
  ]);
  assert.deepEqual(seen.files, [".haproxy.cfg.flexkube-new", "haproxy.cfg"]);
  assert.equal(engine.host.text("/etc/kubernetes/lb/live/haproxy.cfg"), "old");
  assert.deepEqual(calls(), ["create", "putArchive", "start", "wait", "remove"]);
});

test("removals alone need no upload", async () => {
  const { commit, calls } = setUp();

  await commit({ removed: [{ path: "/etc/gone", component: "lb" }] });

  assert.deepEqual(calls(), ["create", "start", "wait", "remove"]);
});

test("nothing to do makes no container", async () => {
  const { engine, commit } = setUp();

  await commit({});

  assert.deepEqual(engine.calls, []);
});

test("no secret is in the arguments or labels of the container", async () => {
  const { engine, commit } = setUp();

  await commit({ replaced: [item("/srv/key", "", { content: new Secret("private-key") })] });

  assert.ok(!JSON.stringify(engine.calls).includes("private-key"));
});

test("links on the way are resolved before the upload, one at the file's own place is replaced", async () => {
  const { engine, commit } = setUp();
  engine.host.mkdir("/data");
  engine.host.symlink("/srv", "/data");
  engine.host.write("/etc/shadow", "precious");
  engine.host.symlink("/data/link", "/etc/shadow");

  await commit({ fresh: [item("/srv/new", "1"), item("/srv/link", "2")] });

  assert.equal(engine.host.text("/data/new"), "1");
  assert.equal(engine.host.lstat("/data/link").type, "file");
  assert.equal(engine.host.text("/etc/shadow"), "precious");
});

test("a failed run reports the commit command's own words and leaves no container", async () => {
  const { engine, commit, calls } = setUp((run) => {
    run.log('{"path":"/srv/a","reason":"a directory is in its place"}');
    return { endsAfterMs: 1, exitCode: 73 };
  });

  await assert.rejects(
    commit({ replaced: [item("/srv/a", "new")] }),
    (error) =>
      isFlexkubeError(error, "FILES_UNWRITABLE") &&
      error.details.path === "/srv/a" &&
      error.details.reason === "a directory is in its place",
  );

  assert.equal(calls().at(-1), "remove");
  assert.deepEqual(await engine.list(), []);
});

test("a run that dies without a word reports its exit code and output", async () => {
  const { commit } = setUp((run) => {
    run.log("out of memory");
    return { endsAfterMs: 1, exitCode: 137 };
  });

  await assert.rejects(
    commit({ replaced: [item("/srv/a", "new")] }),
    (error) => isFlexkubeError(error, "FILES_UNWRITABLE") && error.details.reason === "exit code 137: out of memory",
  );
});

test("an upload that the engine refuses, such as for a full disk, is FILES_UNWRITABLE and leaves no container", async () => {
  const { engine, commit } = setUp();
  const full = engineRefused("putArchive", { status: 500, reason: "no space left on device" });
  const putArchive = async (): Promise<void> => Promise.reject(full);
  Object.defineProperty(engine, "putArchive", { value: putArchive });

  await assert.rejects(
    commit({ fresh: [item("/srv/a", "new")] }),
    (error) => isFlexkubeError(error, "FILES_UNWRITABLE") && error.details.reason === "no space left on device",
  );

  assert.deepEqual(await engine.list(), []);
});

test("an abort is looked at between calls and removes the container", async () => {
  const { engine, commit, calls } = setUp();
  const abort = new AbortController();
  const putArchive = engine.putArchive.bind(engine);
  Object.defineProperty(engine, "putArchive", {
    value: async (...args: Parameters<typeof putArchive>) => {
      await putArchive(...args);
      abort.abort(new Error("stop"));
    },
  });

  await assert.rejects(commit({ replaced: [item("/srv/a", "new")] }, abort.signal), /stop/);

  assert.deepEqual(calls(), ["create", "putArchive", "remove"]);
});

test("below a directory that is not root's alone the engine writes nothing: files are staged and placed", async () => {
  const seen: { command?: readonly string[]; staged?: string; root?: unknown } = {};
  const { engine, commit, calls } = setUp((run) => {
    seen.command = run.command;
    seen.staged = run.files.text("/flexkube-stage/1");
    return { endsAfterMs: 1, exitCode: 0 };
  });
  engine.host.mkdir("/home/u", { uid: 1000, mode: 0o755 });
  engine.host.mkdir("/shared", { mode: 0o1777 });
  engine.host.mkdir("/group", { mode: 0o775 });

  await commit({
    directories: [{ path: "/home/u/data", mode: 0o700, uid: 7, gid: 8, components: ["etcd"] }],
    fresh: [item("/home/u/.ssh/authorized_keys", "a"), item("/etc/ours", "b")],
    replaced: [item("/shared/c", "c"), item("/group/d", "d")],
  });

  assert.deepEqual(seen.command, [
    "/flexkube-agent",
    "commit",
    "make:0700:7:8:/home/u/data",
    "place:0:0600:7:8:/home/u/.ssh/authorized_keys",
    "place:1:0600:7:8:/shared/c",
    "place:2:0600:7:8:/group/d",
  ]);
  assert.equal(seen.staged, "c");
  assert.deepEqual(engine.host.list("/home/u"), []);
  assert.deepEqual([engine.host.list("/shared"), engine.host.list("/group")], [[], []]);
  assert.equal(engine.host.text("/etc/ours"), "b");
  assert.deepEqual(calls(), ["create", "putArchive", "putArchive", "start", "wait", "remove"]);
});

test("who cannot see owners has everything placed by the commit command", async () => {
  const { commitByArchive, calls } = setUp();

  await commitByArchive({ fresh: [item("/etc/new", "1")] });

  assert.deepEqual(calls(), ["create", "putArchive", "start", "wait", "remove"]);
});
