// Which directories containers have lost, over real directories and made-up tables of mounts.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { put, temporaryRoot } from "#agent/testing/temporary-root.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { config, programs } from "#agent/testing/small-servers.ts";
import { createHostViews } from "./host-files.ts";
import { createPatience } from "./patience.ts";
import { createLookAtMounts } from "./replaced-mounts.ts";

const text = config(`  web:
    image: server:1
    mounts: [{source: /srv/theirs, target: /theirs}, {source: /var/lib/web, target: /data, create: {}}]
    files: [{path: sealed.conf, content: a}, {path: live.conf, content: a, effect: none}]
`);

async function setUp(context: TestContext) {
  const root = temporaryRoot(context);
  const fake = createFakeHost(programs);
  fake.give(text);
  const { desired } = await (await fake.newAgent()).load(new AbortController().signal);
  const [wanted] = desired.containers;
  assert.ok(wanted);
  const { mounts } = wanted.spec;
  /** What the container was started with: target → directory of the file system. */
  const has = new Map(mounts.map(({ source, target }) => [target, `${root}${source}`]));
  const tell = (): void => {
    const lines = [...has].map(([target, at], n) => `${n + 9} 1 8:1 ${at} ${target} rw - ext4 /dev/sda1 rw`);
    put(root, "/proc/77/mountinfo", lines.join("\n"));
  };
  for (const { source } of mounts) mkdirSync(`${root}${source}`, { recursive: true });
  tell();
  const reads: string[] = [];
  const patience = createPatience({ clock: new FakeClock() });
  const views = createHostViews({ root, patience, mountinfo: () => Buffer.from("1 0 8:1 / / rw - ext4 /dev/sda1 rw") });
  const view: typeof views = (signal) => {
    const files = views(signal);
    return { ...files, read: async (path) => (reads.push(path), files.read(path)) };
  };
  const look = createLookAtMounts({ root, view });
  const live = wanted.liveDirectory?.path ?? "";
  const target = mounts.find(({ source }) => source === live)?.target ?? "";
  return {
    root,
    live,
    reads,
    /** The kernel's word on the directory of a mount from now on. */
    now: (at: string, directory: string) => {
      has.set(at, directory);
      tell();
    },
    target,
    replaced: async (startedAt = 1): Promise<readonly string[]> => {
      // only these fields are looked at
      const container = { id: "c1", pid: 77, startedAt } as ObservedContainer;
      const found = await look([{ container, desired: wanted }], {
        paths: new Map(),
        signal: new AbortController().signal,
      });
      return found.get("c1") ?? [];
    },
  };
}

test("a container has the directories at the paths, and that is read once", async (context) => {
  const { replaced, reads } = await setUp(context);

  assert.deepEqual([await replaced(), await replaced(2), await replaced(2)], [[], [], []]);
  assert.equal(reads.length, 3);
});

test("a directory that was removed is missed at once, and when it was made again until the container starts", async (context) => {
  const { root, live, target, replaced, now } = await setUp(context);
  await replaced();
  rmSync(`${root}${live}`, { recursive: true });
  now(target, `${root}${live}//deleted`);

  assert.deepEqual(await replaced(), [live]);
  mkdirSync(`${root}${live}`, { recursive: true });
  assert.deepEqual([await replaced(), await replaced()], [[live], [live]]);
  now(target, `${root}${live}`);
  assert.deepEqual(await replaced(2), []);
});

test("one that was moved away for another is missed, also by an agent that did not see it", async (context) => {
  const { root, live, target, replaced, now } = await setUp(context);
  renameSync(`${root}${live}`, `${root}${live}.bak`);
  mkdirSync(`${root}${live}`);
  now(target, `${root}${live}.bak`);

  assert.deepEqual(await replaced(), [live]);
});

test("a link on the way is followed, and one that leads elsewhere now counts", async (context) => {
  const { root, live, target, replaced, now } = await setUp(context);
  renameSync(`${root}${live}`, `${root}/a`);
  symlinkSync("/a", `${root}${live}`);
  now(target, `${root}/a`);
  assert.deepEqual(await replaced(), []);

  rmSync(`${root}${live}`);
  mkdirSync(`${root}/b`);
  symlinkSync("/b", `${root}${live}`);

  assert.deepEqual(await replaced(), [live]);
});

test("a user's directory counts only while there is one to start with; what a container fills itself never does", async (context) => {
  const { root, replaced, now } = await setUp(context);
  for (const [at, path] of [
    ["/theirs", "/srv/theirs"],
    ["/data", "/var/lib/web"],
  ] as const) {
    rmSync(`${root}${path}`, { recursive: true });
    now(at, `${root}${path}//deleted`);
  }

  assert.deepEqual(await replaced(), []);
  mkdirSync(`${root}/srv/theirs`);
  mkdirSync(`${root}/var/lib/web`);
  assert.deepEqual(await replaced(), ["/srv/theirs"]);
});

test("where a restart does not help, none follows", async (context) => {
  const { live, target, replaced, now } = await setUp(context);
  now(target, "/somewhere/else");

  assert.deepEqual(
    [await replaced(1), await replaced(1), await replaced(2), await replaced(3)],
    [[live], [live], [], []],
  );
});
